// label.apparmor, label.selinux: what a security module makes of the next execve of this thread.
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "init/fs/procfs.h"
#include "init/ops/ops.h"

namespace tsrunc::init {
namespace {

constexpr size_t kPath = 128;

// "PID/task/TID/attr/NAME" as the procfs `proc` numbers this thread: its own link says it. No name is looked up that the
// container could have mounted something on (CVE-2019-16884, CVE-2025-52881). The writer must be the opener (5.13), with the
// same credentials.
int open_attribute(int proc, const char* name, char* path) {
  char self[kPath] = {};
  if (readlinkat(proc, "thread-self", self, sizeof self - 1) < 0) return -errno;
  print(path, kPath, {self, "/attr/", name});
  return fs::open_beneath(proc, path, O_WRONLY);
}

Status put(int fd, const char* path, std::string_view object, const char* start, const wire::Str& text) {
  char value[4096];
  size_t length = print(value, sizeof value, {start, text});
  Fd file(fd);
  if (length + 1 >= sizeof value) return fail(ENAMETOOLONG, object, {"write(\"/proc/", path, "\")"});
  if (write(fd, value, length) == static_cast<ssize_t>(length)) return done();
  return fail(errno, object, {"write(\"/proc/", path, "\", ", Quoted{value}, ")"});
}

}  // namespace

Status run(Context&, const op::LabelApparmor& op) {
  int proc = fs::private_procfs();
  if (proc < 0) return fail(-proc, "/proc", {"fsopen(\"proc\")"});
  char path[kPath];
  int fd = open_attribute(proc, "apparmor/exec", path);
  // Before 5.8 one security module had attr/ for itself.
  if (fd == -ENOENT) fd = open_attribute(proc, "exec", path);
  if (fd < 0) return fail(-fd, op.profile, {"openat2(\"/proc/", path, "\", O_WRONLY)"});
  return put(fd, path, op.profile, "exec ", op.profile);
}

Status run(Context&, const op::LabelSelinux& op) {
  std::string_view name = op.attribute.view();
  if (name != "exec" && name != "keycreate")
    return refuse(op.attribute, {Quoted{op.attribute}, " is no attribute for a label"});
  int proc = fs::private_procfs();
  if (proc < 0) return fail(-proc, "/proc", {"fsopen(\"proc\")"});
  char path[kPath];
  int fd = open_attribute(proc, op.attribute.c_str(), path);
  if (fd < 0) return fail(-fd, op.label, {"openat2(\"/proc/", path, "\", O_WRONLY)"});
  return put(fd, path, op.label, "", op.label);
}

}  // namespace tsrunc::init
