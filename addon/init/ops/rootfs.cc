// rootfs.propagation, rootfs.enter, rootfs.pivot, rootfs.chroot, rootfs.readonly
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/mountinfo.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

// From `fd` up to the root of the mount it is on: its ".." is on another mount, or is itself ("/").
Result<Fd> mount_root(int fd, std::string_view path) {
  Fd at(openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!at) return failed(errno, "openat", path);
  long long id = fs::mount_id(at.get());
  for (;;) {
    Fd up(openat(at.get(), "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!up) return failed(errno, "openat", path, "\"..\"");
    if (fs::mount_id(up.get()) != id || fs::same_object(up.get(), at.get())) return at;
    at = std::move(up);
  }
}

// pivot_root(2) says EINVAL when the new root's parent mount is shared, and the bind that follows would reach the host.
// A parent that is no more than a slave stays one, so that later mounts of the host below the rootfs still arrive.
Status make_parent_private(int root, std::string_view path) {
  auto parent = mount_root(root, path);
  if (!parent) return parent.status();
  fs::MountEntry entry;
  int err = fs::find_mount(fs::mount_id(parent->get()), &entry);
  if (err) return fail(-err, path, {"read(\"/proc/self/mountinfo\")"});
  if (!entry.shared) return done();
  constexpr uint64_t type = MS_PRIVATE;
  err = fs::set_propagation(parent->get(), &type, 1);
  return err ? fail(-err, path, {"mount_setattr(parent mount of ", Quoted{path}, ", MS_PRIVATE)"}) : done();
}

Status bind_on_itself(const op::RootfsEnter& op, Fd* root) {
  int tree = fs::open_tree(root->get(), "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE);
  if (tree >= 0) {
    Fd owned(tree);
    if (int err = fs::move_mount(tree, root->get())) return failed(err, "move_mount", op.path);
    *root = std::move(owned);
    return done();
  }
  if (tree != -ENOSYS) return failed(tree, "open_tree", op.path, "OPEN_TREE_CLONE | AT_RECURSIVE");
  int err = fs::mount_on(root->get(), root->get(), nullptr, nullptr, MS_BIND | MS_REC, nullptr);
  if (err) return failed(err, "mount", op.path, "MS_BIND | MS_REC");
  Fd bound(open(op.path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!bound) return failed(errno, "open", op.path);
  if (fs::mount_id(bound.get()) == fs::mount_id(root->get())) return failed(ESTALE, "open", op.path);
  *root = std::move(bound);
  return done();
}

}  // namespace

Status run(Context&, const op::RootfsPropagation& op) {
  int err = fs::mount_old(nullptr, "/", nullptr, op.flags, nullptr);
  return err ? fail(-err, "/", {"mount(NULL, \"/\", NULL, ", Hex{op.flags}, ")"}) : done();
}

Status run(Context& context, const op::RootfsEnter& op) {
  Fd root(open(op.path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!root) return failed(errno, "open", op.path, "O_PATH | O_DIRECTORY | O_NOFOLLOW");
  if (op.bind) {
    TSRUNC_TRY(make_parent_private(root.get(), op.path));
    TSRUNC_TRY(bind_on_itself(op, &root));
  }
  context.rootfs = std::move(root);
  return done();
}

Status run(Context& context, const op::RootfsPivot&) {
  Fd old(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!old) return failed(errno, "open", "/");
  if (fchdir(context.rootfs.get()) != 0) return fail(errno, "/", {"fchdir(rootfs)"});
  // The old root ends up on top of the new one, at "." (pivot_root(2), NOTES): no directory in the rootfs is needed for
  // it.
  if (int err = fs::pivot_root(".", ".")) return fail(-err, "/", {"pivot_root(\".\", \".\")"});
  if (fchdir(old.get()) != 0) return fail(errno, "/", {"fchdir(old root)"});
  // Slave, so that the umount stays ours; not private: a mount of the host that is gone there meanwhile must go here
  // too, or it stays busy.
  if (int err = fs::mount_old(nullptr, ".", nullptr, MS_SLAVE | MS_REC, nullptr)) {
    return fail(-err, "/", {"mount(NULL, \".\", NULL, MS_SLAVE | MS_REC)"});
  }
  if (umount2(".", MNT_DETACH) != 0) return fail(errno, "/", {"umount2(\".\", MNT_DETACH)"});
  if (chdir("/") != 0) return failed(errno, "chdir", "/");
  context.inside = true;
  return done();
}

Status run(Context& context, const op::RootfsChroot&) {
  if (fchdir(context.rootfs.get()) != 0) return fail(errno, "/", {"fchdir(rootfs)"});
  if (chroot(".") != 0) return failed(errno, "chroot", ".");
  if (chdir("/") != 0) return failed(errno, "chdir", "/");
  context.inside = true;
  return done();
}

Status run(Context& context, const op::RootfsReadonly&) {
  int err = fs::make_readonly(context.rootfs.get());
  return err ? failed(err, "mount_setattr", "/", "MOUNT_ATTR_RDONLY") : done();
}

}  // namespace tsrunc::init
