// mount.remount, mount.readonly and mount.label: mounts that are already there.
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#include "init/fs/attach.h"
#include "init/fs/mountapi.h"
#include "init/fs/resolve.h"
#include "init/ops/ops.h"
#include "init/ops/path_error.h"

namespace tsrunc::init {

Status run(Context& context, const op::MountRemount& op) {
  int fd = fs::resolve(context.rootfs.get(), op.target.c_str());
  if (fd < 0) return failed(fd, "openat2", op.target);
  Fd target(fd);
  if (op.bind) {
    uint64_t locked;
    int err = fs::set_flags(fd, op.flags, op.cleared, &locked);
    if (err && locked) {
      char names[96];
      fs::flag_names(locked, names);
      return fail(-err, op.target, {"mount_setattr(", Quoted{op.target}, "): cannot clear locked flags ", names});
    }
    return err ? failed(err, "mount_setattr", op.target) : done();
  }
  // Superblock and mount in one, by the rules of mount(2): fspick and mount_setattr have others.
  int err = fs::mount_on(fd, -1, nullptr, nullptr, MS_REMOUNT | op.flags, op.data.c_str());
  if (err)
    return fail(-err, op.target,
                {"mount(", Quoted{op.target}, ", MS_REMOUNT | ", Hex{op.flags}, ", ", Quoted{op.data}, ")"});
  return done();
}

Status run(Context& context, const op::MountReadonly& op) {
  constexpr int kTries = 5;
  int fd = fs::resolve(context.rootfs.get(), op.target.c_str());
  if (fd < 0) return failed(fd, "openat2", op.target);
  Fd target(fd);
  for (int i = 1;; i++) {
    int err = fs::make_readonly(fd);
    if (err == 0) return done();
    // A writer that is just closing its file.
    if (err != -EBUSY || i == kTries) return failed(err, "mount_setattr", op.target, "MOUNT_ATTR_RDONLY");
    timespec pause = {0, 100'000'000};
    nanosleep(&pause, nullptr);
  }
}

Status run(Context& context, const op::MountLabel& op) {
  int fd = fs::resolve(context.rootfs.get(), op.target.c_str());
  if (fd < 0) return failed(fd, "openat2", op.target);
  Fd target(fd);
  Fd dir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!dir) return failed(errno, "openat", op.target);
  if (fsetxattr(dir.get(), "security.selinux", op.label.c_str(), op.label.size(), 0) == 0) return done();
  return fail(errno, op.target, {"fsetxattr(", Quoted{op.target}, ", \"security.selinux\", ", Quoted{op.label}, ")"});
}

}  // namespace tsrunc::init
