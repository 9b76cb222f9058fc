// process.cwd, process.exec
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/weak.h"
#include "init/cwd.h"
#include "init/init.h"
#include "init/ops/ops.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

Status errno_sentence(int err, std::string_view object, Parts start, const char* call) {
  char text[kPathSize + 64];
  print(text, sizeof text, start);
  if (const char* reason = errno_text(err)) return fail_text(err, object, {text, ": ", reason});
  return fail(err, object, {call, "(", Quoted{object}, ")"});
}

Status prove_inside(std::string_view path) {
  if (weakened("cwd-proof")) return done();
  // The system call itself: it says "(unreachable)" where libc says ENOENT.
  char where[kPathSize];
  if (syscall(SYS_getcwd, where, sizeof where) < 0) return fail(errno, path, {"getcwd()"});
  if (where[0] == '/') return done();
  return refuse(path, {"current working directory is outside of container mount namespace root -- possible container "
                       "breakout detected"});
}

bool starts_with(const char* text, const char* start) { return strncmp(text, start, strlen(start)) == 0; }

// `env` with context.home in the place of an empty HOME, else behind it. In memory that process.lookup has made: behind
// seccomp.load even mmap(2) may be forbidden.
Result<const char* const*> with_home(Context& context, const wire::Strs& env) {
  if (context.home[0] == 0) return env.argv();
  if (size_t{env.size()} + 2 > context.env_room)
    return refuse("", {"process.exec has more environment than process.lookup"});
  const char** out = context.env;
  uint32_t count = 0;
  bool placed = false;
  for (const char* entry : env) {
    bool home = starts_with(entry, "HOME=");
    out[count++] = home ? context.home : entry;
    placed = placed || home;
  }
  if (!placed) out[count] = context.home;
  return static_cast<const char* const*>(out);
}

}  // namespace

Status change_directory(Context& context, const char* path) {
  if (chdir(path) != 0) {
    int err = errno;
    return errno_sentence(err, path, {"chdir to cwd (", Quoted{path}, ") set in config.json failed"}, "chdir");
  }
  context.cwd_pending = false;
  return prove_inside(path);
}

Status run(Context& context, const op::ProcessCwd& op) {
  Status status = change_directory(context, op.path.c_str());
  // A directory on NFS with root squashed, or 0700 of a user whose capabilities root here does not have: as that user
  // it may work.
  if (status || (status.err() != EPERM && status.err() != EACCES)) return status;
  if (op.path.size() >= kPathSize) return fail(ENAMETOOLONG, op.path, {"chdir(", Quoted{op.path}, ")"});
  memcpy(context.cwd, op.path.c_str(), op.path.size() + 1);
  context.cwd_pending = true;
  return done();
}

Status run(Context& context, const op::ProcessExec& op) {
  if (context.program[0] == 0) return refuse("", {"process.exec without process.lookup"});
  // Whatever the plan said: no program runs with the host's root, or where nobody could enter.
  if (!context.inside) return refuse(context.program, {"process.exec outside of the container's rootfs"});
  if (context.cwd_pending) return refuse(context.program, {"process.exec without a working directory"});
  auto env = with_home(context, op.env);
  if (!env) return env.status();
  TSRUNC_TRY(ready_for_exec(context));
  execve(context.program, const_cast<char* const*>(op.args.argv()), const_cast<char* const*>(*env));
  return errno_sentence(errno, context.program, {"exec ", context.program}, "execve");
}

}  // namespace tsrunc::init
