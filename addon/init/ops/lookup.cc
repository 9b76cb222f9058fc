// process.lookup: what Go's exec.LookPath finds, in its words (survey 2.8, 3.11), since engines turn them into exit
// codes 126 and 127.
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/ops/ops.h"
#include "init/passwd.h"
#include "init/sys.h"
#include "init/text.h"

#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

namespace tsrunc::init {
namespace {

// 0, or the errno for which `path` is no program. `at_stat`: it was stat(2) that failed.
int executable(const char* path, bool& at_stat) {
  struct stat stat = {};
  at_stat = ::stat(path, &stat) != 0;
  if (at_stat) return errno;
  if (S_ISDIR(stat.st_mode)) return EISDIR;
  if (syscall(SYS_faccessat2, AT_FDCWD, path, X_OK, AT_EACCESS) == 0) return 0;
  if (errno != ENOSYS && errno != EPERM) return errno;
  // Before 5.8, or filtered by a seccomp profile around us: any execute bit will do, execve has the last word.
  return stat.st_mode & 0111 ? 0 : EACCES;
}

// Lexically, as Go's filepath.Join: no "//", "." and "..", which is what the error texts and argv-less logs show.
bool join(std::string_view directory, std::string_view name, char* out) {
  if (directory.size() + name.size() + 2 > kPathSize) return false;
  size_t size = 0;
  bool rooted = directory.starts_with('/');
  auto add = [&](std::string_view part) {
    if (part.empty() || part == ".") return;
    if (part == ".." && rooted) {
      while (size > 0 && out[--size] != '/') {
      }
      return;
    }
    if (rooted || size > 0) out[size++] = '/';
    memcpy(out + size, part.data(), part.size());
    size += part.size();
  };
  for (std::string_view rest = directory; !rest.empty();) {
    add(take_field(rest, '/'));
  }
  add(name);
  out[size] = 0;
  return true;
}

Status not_executable(int err, bool at_stat, std::string_view name, std::string_view path) {
  const char* reason = errno_text(err);
  if (!reason) return fail(err, path, {at_stat ? "stat(" : "faccessat2(", Quoted{path}, ")"});
  if (at_stat) return fail_text(err, path, {"exec: ", Quoted{name}, ": stat ", path, ": ", reason});
  return fail_text(err, path, {"exec: ", Quoted{name}, ": ", reason});
}

// The value of the last `name` in env; empty without.
std::string_view value_of(const wire::Strs& env, std::string_view name) {
  std::string_view value;
  for (std::string_view entry : env) {
    if (!entry.starts_with(name) || entry.size() == name.size() || entry[name.size()] != '=') continue;
    value = entry;
    value.remove_prefix(name.size() + 1);
  }
  return value;
}

Status search(Context& context, const op::ProcessLookup& op) {
  std::string_view path = value_of(op.env, "PATH");
  while (!path.empty()) {
    bool at_stat = false;
    if (!join(take_field(path, ':'), op.name, context.program) || executable(context.program, at_stat) != 0) continue;
    if (context.program[0] == '/') return done();
    context.program[0] = 0;
    return fail_text(EACCES, op.name,
                     {"exec: ", Quoted{op.name}, ": cannot run executable found relative to current directory"});
  }
  context.program[0] = 0;
  return fail_text(ENOENT, op.name, {"exec: ", Quoted{op.name}, ": executable file not found in $PATH"});
}

// Also makes room for the list of pointers that process.exec needs for one more variable.
Status find_home(Context& context, const op::ProcessLookup& op) {
  memcpy(context.home, "HOME=", 5);
  home_of(op.uid, context.home + 5, sizeof context.home - 5);
  context.env_room = size_t{op.env.size()} + 2;
  auto memory = allocate(context.env_room * sizeof(char*));
  if (!memory) return memory.status();
  context.env = static_cast<const char**>(*memory);
  return done();
}

}  // namespace

Status run(Context& context, const op::ProcessLookup& op) {
  if (op.name.empty() || op.name.size() >= kPathSize) {
    return fail_text(ENOENT, op.name, {"exec: ", Quoted{op.name}, ": executable file not found in $PATH"});
  }
  if (op.name.view().find('/') == std::string_view::npos) {
    TSRUNC_TRY(search(context, op));
  } else {
    bool at_stat = false;
    int err = executable(op.name.c_str(), at_stat);
    if (err != 0) return not_executable(err, at_stat, op.name, op.name);
    memcpy(context.program, op.name.c_str(), op.name.size() + 1);
  }
  return value_of(op.env, "HOME").empty() ? find_home(context, op) : done();
}

}  // namespace tsrunc::init
