// rootfs.expose, rootfs.conceal: the rootfs at a place of its own.
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// Linux before 5.2. For a moment the tree has the propagation of what it is a copy of.
Status bind_at(int at, int root, const op::RootfsExpose& op) {
  uint64_t recursive = op.tree ? MS_REC : 0;
  int err = fs::mount_on(at, root, nullptr, nullptr, MS_BIND | recursive, nullptr);
  if (err) return failed(err, "mount", op.at, "MS_BIND");
  if (!op.tree) return done();
  err = fs::mount_old(nullptr, op.at.c_str(), nullptr, *op.tree, nullptr);
  return err ? failed(err, "mount", op.at, "propagation") : done();
}

}  // namespace

Status run(Context& context, const op::RootfsExpose& op) {
  if (!context.rootfs) return refuse(op.at, {"rootfs.expose without rootfs.enter"});
  if (mkdir(op.at.c_str(), 0700) != 0 && errno != EEXIST) return failed(errno, "mkdir", op.at);
  Fd at(open(op.at.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!at) return failed(errno, "open", op.at, "O_PATH | O_DIRECTORY | O_NOFOLLOW");
  unsigned recursive = op.tree ? AT_RECURSIVE : 0;
  int opened = fs::open_tree(context.rootfs.get(), "", AT_EMPTY_PATH | OPEN_TREE_CLONE | recursive);
  if (opened == -ENOSYS) return bind_at(at.get(), context.rootfs.get(), op);
  if (opened < 0) return failed(opened, "open_tree", "rootfs", "OPEN_TREE_CLONE");
  Fd tree(opened);
  if (op.tree) {
    int err = fs::set_propagation(tree.get(), &*op.tree, 1);
    if (err) return failed(err, "mount_setattr", "rootfs", "propagation");
  }
  int err = fs::move_mount(tree.get(), at.get());
  return err ? failed(err, "move_mount", op.at) : done();
}

Status run(Context&, const op::RootfsConceal& op) {
  while (umount2(op.at.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
  }
  return errno == EINVAL || errno == ENOENT ? done() : failed(errno, "umount2", op.at, "MNT_DETACH");
}

}  // namespace tsrunc::init
