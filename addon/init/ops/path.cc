// path.symlink and path.mkdir
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {

Status run(Context& context, const op::PathSymlink& op) {
  struct stat st;
  if (op.only_if && fstatat(AT_FDCWD, op.only_if->c_str(), &st, 0) != 0) return done();
  char name[fs::kNameSize];
  int parent = fs::resolve_parent(context.rootfs.get(), op.path.c_str(), name, true);
  if (parent < 0) return failed(parent, "openat2", op.path);
  Fd dir(parent);
  if (op.replace && unlinkat(parent, name, 0) != 0 && errno != ENOENT) {
    if (errno != EISDIR || unlinkat(parent, name, AT_REMOVEDIR) != 0) return failed(errno, "unlinkat", op.path);
  }
  if (symlinkat(op.to.c_str(), parent, name) == 0 || errno == EEXIST) return done();
  return fail(errno, op.path, {"symlinkat(", Quoted{op.to}, ", ", Quoted{op.path}, ")"});
}

Status run(Context& context, const op::PathMkdir& op) {
  int fd = fs::resolve_or_make(context.rootfs.get(), op.path.c_str(), fs::Missing::directory, op.mode);
  if (fd < 0) return failed(fd, "mkdirat", op.path);
  Fd made(fd);
  struct stat st;
  if (fstat(fd, &st) != 0) return failed(errno, "fstat", op.path);
  return S_ISDIR(st.st_mode) ? done() : failed(ENOTDIR, "mkdirat", op.path);
}

}  // namespace tsrunc::init
