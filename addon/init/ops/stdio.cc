// stdio.own, stdio.null
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "init/fs/procfs.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"

namespace tsrunc::init {
namespace {

bool is_null(const struct stat& stat) { return S_ISCHR(stat.st_mode) && stat.st_rdev == makedev(1, 3); }

// The container's /dev/null, proven, open for reading and writing.
Result<Fd> open_null(const Context& context) {
  constexpr const char* kPath = "/dev/null";
  Fd found(fs::resolve(context.rootfs.get(), kPath));
  if (found.get() < 0) return fail(-found.release(), kPath, {"openat2(", Quoted{kPath}, ", O_PATH)"});
  struct stat stat = {};
  if (fstat(found.get(), &stat) != 0) return fail(errno, kPath, {"fstat(", Quoted{kPath}, ")"});
  if (!is_null(stat)) return refuse(kPath, {"/dev/null of the container is not the character device 1:3"});
  char path[40];
  fs::fd_path(found.get(), path);
  Fd null(openat(fs::private_procfs(), path, O_RDWR | O_CLOEXEC));
  if (!null) return fail(errno, kPath, {"openat(procfs, ", Quoted{path}, ", O_RDWR)"});
  return null;
}

}  // namespace

Status run(Context&, const op::StdioOwn& op) {
  for (int fd = 0; fd < 3; fd++) {
    struct stat stat = {};
    if (fstat(fd, &stat) != 0) {
      if (errno == EBADF) continue;
      return fail(errno, "", {"fstat(", fd, ")"});
    }
    // The host's /dev/null stays root's.
    if (is_null(stat) || stat.st_uid == op.uid) continue;
    if (fchown(fd, op.uid, stat.st_gid) == 0) continue;
    // EINVAL: an id without a mapping in this user namespace. EPERM, EROFS: then /dev/stderr cannot be reopened, no
    // more.
    if (errno != EPERM && errno != EROFS && errno != EINVAL)
      return fail(errno, "", {"fchown(", fd, ", ", op.uid, ", ", stat.st_gid, ")"});
  }
  return done();
}

Status run(Context& context, const op::StdioNull&) {
  Fd null;
  for (int fd = 0; fd < 3; fd++) {
    struct stat stat = {};
    if (fstat(fd, &stat) != 0) {
      if (errno == EBADF) continue;
      return fail(errno, "", {"fstat(", fd, ")"});
    }
    if (!is_null(stat)) continue;
    if (!null) {
      auto opened = open_null(context);
      if (!opened) return opened.status();
      null = static_cast<Fd&&>(*opened);
    }
    if (dup3(null.get(), fd, 0) < 0) return fail(errno, "/dev/null", {"dup3(", null.get(), ", ", fd, ")"});
  }
  return done();
}

}  // namespace tsrunc::init
