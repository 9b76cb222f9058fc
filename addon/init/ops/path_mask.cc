// path.mask and path.readonly
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "core/weak.h"
#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/newfs.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// Nothing to hide.
bool absent(int err) { return err == -ENOENT || err == -ENOTDIR; }

// The container's /dev/null is part of a hostile image: bound unseen, anything could be exposed for writing
// (CVE-2025-31133).
Status prove_dev_null(Context& context) {
  if (context.dev_null) return done();
  int fd = fs::resolve(context.rootfs.get(), "/dev/null");
  if (fd < 0) return failed(fd, "openat2", "/dev/null");
  Fd null(fd);
  struct stat st;
  if (fstat(fd, &st) != 0) return failed(errno, "fstat", "/dev/null");
  if ((!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) && !weakened("dev-null-proof"))
    return refuse("/dev/null", {"container's /dev/null is invalid"});
  context.dev_null = std::move(null);
  return done();
}

// Binds what `source` is on `target`.
int bind_fd(int source, int target) {
  int tree = fs::open_tree(source, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
  if (tree == -ENOSYS) return fs::mount_on(target, source, nullptr, nullptr, MS_BIND, nullptr);
  if (tree < 0) return tree;
  Fd owned(tree);
  return fs::move_mount(tree, target);
}

Status mask_file(Context& context, const op::PathMask& op, int target) {
  TSRUNC_TRY(prove_dev_null(context));
  int err = bind_fd(context.dev_null.get(), target);
  return err ? failed(err, "move_mount", op.path) : done();
}

// The first masked directory gets a new tmpfs, the others the same one bound: fewer superblocks to make and to tear
// down.
Status mask_directory(Context& context, const op::PathMask& op, int target) {
  if (context.mask_dir && bind_fd(context.mask_dir.get(), target) == 0) return done();
  fs::NewFsError error;
  int mount = fs::new_filesystem({"tmpfs", "tmpfs", MS_RDONLY, ""}, &error);
  if (mount >= 0) {
    Fd owned(mount);
    if (int err = fs::move_mount(mount, target)) return failed(err, "move_mount", op.path);
    context.mask_dir = std::move(owned);
    return done();
  }
  if (mount != -ENOSYS) return fail(-mount, op.path, {error.call, error.log[0] ? ": " : "", error.log});
  if (int err = fs::mount_on(target, -1, "tmpfs", "tmpfs", MS_RDONLY, nullptr))
    return failed(err, "mount", op.path, "\"tmpfs\"");
  context.mask_dir.reset(
      fs::reopen_mounted(context.rootfs.get(), op.path.c_str(), fs::mount_id(target), fs::kAnyMount));
  return done();
}

}  // namespace

Status run(Context& context, const op::PathMask& op) {
  int fd = fs::resolve(context.rootfs.get(), op.path.c_str());
  if (absent(fd)) return done();
  if (fd < 0) return failed(fd, "openat2", op.path);
  Fd target(fd);
  struct stat st;
  if (fstat(fd, &st) != 0) return failed(errno, "fstat", op.path);
  return S_ISDIR(st.st_mode) ? mask_directory(context, op, fd) : mask_file(context, op, fd);
}

Status run(Context& context, const op::PathReadonly& op) {
  int fd = fs::resolve(context.rootfs.get(), op.path.c_str());
  if (absent(fd)) return done();
  if (fd < 0) return failed(fd, "openat2", op.path);
  Fd target(fd);
  int tree = fs::open_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE);
  if (tree == -ENOSYS) {
    if (int err = fs::mount_on(fd, fd, nullptr, nullptr, MS_BIND | MS_REC, nullptr))
      return failed(err, "mount", op.path, "MS_BIND");
    int there = fs::reopen_mounted(context.rootfs.get(), op.path.c_str(), fs::mount_id(fd), fs::kAnyMount);
    if (there < 0) return failed(there, "openat2", op.path);
    Fd mount(there);
    int err = fs::make_readonly(there);
    return err ? failed(err, "mount", op.path, "MS_REMOUNT | MS_BIND | MS_RDONLY") : done();
  }
  if (tree < 0) return failed(tree, "open_tree", op.path);
  Fd owned(tree);
  if (int err = fs::make_readonly(tree)) return failed(err, "mount_setattr", op.path, "MOUNT_ATTR_RDONLY");
  int err = fs::move_mount(tree, fd);
  return err ? failed(err, "move_mount", op.path) : done();
}

}  // namespace tsrunc::init
