// mount.open and mount.detach: what a helper of the runtime does for a container's mounts (src/runtime/helper.ts).
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <unistd.h>

#include "core/fd.h"
#include "init/channel.h"
#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/newfs.h"
#include "init/fs/procfs.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {
namespace {

Status open_filesystem(const op::MountOpen& op, core::Fd* out) {
  fs::NewFsError error;
  int fd = fs::new_filesystem({op.fstype.c_str(), op.source.c_str(), op.flags, op.data.c_str()}, &error);
  if (fd == -ENOSYS && !error.call[0]) {
    return refuse(op.source,
                  {"the options of this ", op.fstype, " mount need mount(2), which makes no detached mounts"});
  }
  if (fd < 0) return fail(-fd, op.source, {error.call, error.log[0] ? ": " : "", error.log});
  out->reset(fd);
  return done();
}

Status open_mount(const op::MountOpen& op, core::Fd* out) {
  if (!op.fstype.empty()) return open_filesystem(op, out);
  unsigned link = op.copy_link.value_or(false) ? AT_SYMLINK_NOFOLLOW : 0;
  int fd = fs::open_tree(AT_FDCWD, op.source.c_str(), OPEN_TREE_CLONE | (op.recursive ? AT_RECURSIVE : 0) | link);
  if (fd < 0) return failed(fd, "open_tree", op.source);
  out->reset(fd);
  return done();
}

Status map_ids(Context& context, const op::MountOpen& op, int mount) {
  if (!op.userns) return done();
  int userns = context.slot(*op.userns);
  if (userns < 0) return refuse(op.source, {"mount.open: nothing is at slot ", op.userns->index});
  int err = fs::mount_idmap(mount, userns, op.map_tree);
  return err ? failed(err, "mount_setattr", op.source, "MOUNT_ATTR_IDMAP") : done();
}

// umount2(2) takes no descriptor, and the path could lead elsewhere by now: a directory is unmounted from within, a file
// through a procfs of our own.
int umount_fd(int fd) {
  core::Fd here(open(".", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!here) return -errno;
  char path[40] = ".";
  if (fchdir(fd) != 0) {
    if (errno != ENOTDIR) return -errno;
    int proc = fs::private_procfs();
    if (proc < 0) return proc;
    if (fchdir(proc) != 0) return -errno;
    fs::fd_path(fd, path);
  }
  int err = umount2(path, MNT_DETACH) == 0 ? 0 : -errno;
  if (fchdir(here.get()) != 0 && err == 0) err = -errno;
  return err;
}

}  // namespace

Status run(Context& context, const op::MountOpen& op) {
  core::Fd mount;
  TSRUNC_TRY(open_mount(op, &mount));
  if (op.propagation) {
    int err = fs::set_propagation(mount.get(), &op.propagation, 1);
    if (err) return failed(err, "mount_setattr", op.source, "propagation");
  }
  TSRUNC_TRY(map_ids(context, op, mount.get()));
  long long id = fs::mount_id(mount.get());
  if (id < 0) return failed(static_cast<int>(id), "statx", op.source);
  return send_opened(context, op.slot.index, mount.get(), static_cast<uint64_t>(id));
}

Status run(Context& context, const op::MountDetach& op) {
  int fd = fs::resolve(context.rootfs.get(), op.target.c_str());
  if (fd < 0) return failed(fd, "openat2", op.target);
  core::Fd target(fd);
  long long id = fs::mount_id(fd);
  if (id < 0) return failed(static_cast<int>(id), "statx", op.target);
  if (static_cast<uint64_t>(id) != op.mount_id) {
    return refuse(op.target, {"what is at ", Quoted{op.target}, " in the container is not the mount that was added"});
  }
  // Of a directory inside of it umount2 says EINVAL.
  int err = umount_fd(fd);
  return err ? failed(err, "umount2", op.target, "MNT_DETACH") : done();
}

}  // namespace tsrunc::init
