// hook.run in init: createContainer before pivot_root, startContainer as the container's user.
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/child_process.h"
#include "init/ops/ops.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

// "exit status 1", "signal: killed": as Go's os/exec says it.
void print_end(int status, char* out, size_t size) {
  if (WIFSIGNALED(status)) {
    const char* name = strsignal(WTERMSIG(status));
    print(out, size, {"signal: ", WTERMSIG(status) == SIGKILL ? "killed" : name});
  } else {
    print(out, size, {"exit status ", WEXITSTATUS(status)});
  }
}

Status judge(const op::HookRun& op, const ProgramResult& result) {
  char end[128];
  if (result.exec_err != 0) {
    const char* reason = errno_text(result.exec_err);
    return fail_text(result.exec_err, op.path,
                     {"error running ", op.kind, " hook #", op.index, ": fork/exec ", op.path, ": ",
                      reason ? reason : "errno ", reason ? Part("") : Part(result.exec_err)});
  }
  if (result.timed_out) {
    uint64_t tenths = (*op.timeout_ms + 50) / 100;
    print(end, sizeof end, {"hook ran past specified timeout of ", tenths / 10, ".", tenths % 10, "s"});
  } else if (result.wait_status == 0) {
    return done();
  } else {
    print_end(result.wait_status, end, sizeof end);
  }
  return fail_text(
      0, op.path,
      {"error running ", op.kind, " hook #", op.index, ": ", end, ", stdout: ", result.out, ", stderr: ", result.err});
}

// prefix + pid + suffix, or the prefix alone
Result<Mapped> state_for(const Context& context, const op::HookRun& op) {
  size_t room = size_t{op.state_prefix.size()} + (op.state_suffix ? op.state_suffix->size() : 0) + 16;
  auto memory = allocate(room);
  if (!memory) return memory.status();
  Mapped state;
  state.data = *memory;
  char* text = static_cast<char*>(*memory);
  int pid = op.inside_pid ? getpid() : context.host_pid;
  state.size = op.state_suffix ? print(text, room, {op.state_prefix, pid, *op.state_suffix})
                               : print(text, room, {op.state_prefix});
  return state;
}

}  // namespace

Status run(Context& context, const op::HookRun& op) {
  auto state = state_for(context, op);
  if (!state) return state.status();
  // 16 KiB of it are output: not on the stack.
  auto memory = allocate(sizeof(ProgramResult));
  if (!memory) return memory.status();
  auto* result = static_cast<ProgramResult*>(*memory);
  const char* only_path[] = {op.path.c_str(), nullptr};
  ProgramRequest request;
  request.path = op.path.c_str();
  request.argv = op.args.empty() ? only_path : op.args.argv();
  request.envp = op.env.argv();
  request.input = static_cast<const char*>(state->data);
  request.input_size = state->size;
  request.timeout_ms = op.timeout_ms.value_or(0);
  request.umask = context.umask;
  // createContainer hooks start in the rootfs, as under runc.
  if (!context.inside) request.directory = context.rootfs.get();
  TSRUNC_TRY(run_program(request, *result));
  return judge(op, *result);
}

}  // namespace tsrunc::init
