#include "init/fs/attach.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <unistd.h>

#include "init/fs/mountapi.h"
#include "init/fs/procfs.h"
#include "init/fs/resolve.h"

namespace tsrunc::fs {

int mount_on(int target, int source_fd, const char* source, const char* type, uint64_t flags, const char* data) {
  int proc = private_procfs();
  if (proc < 0) return proc;
  // mount(2) takes no directory descriptor: relative paths and a changed working directory stand in for it.
  int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (here < 0) return -errno;
  int err = fchdir(proc) == 0 ? 0 : -errno;
  if (err == 0) {
    char from[40], to[40];
    fd_path(target, to);
    if (source_fd >= 0) fd_path(source_fd, from);
    err = mount_old(source_fd >= 0 ? from : source, to, type, flags, data);
    if (fchdir(here) != 0 && err == 0) err = -errno;
  }
  close(here);
  return err;
}

int reopen_mounted(int root, const char* path, long long before, long long mount) {
  int fd = resolve(root, path);
  if (fd < 0) return fd;
  long long id = mount_id(fd);
  bool right = id >= 0 && id != before && (mount == kAnyMount || id == mount);
  if (right) return fd;
  close(fd);
  return -ESTALE;
}

int set_propagation(int fd, const uint64_t* types, unsigned count) {
  for (unsigned i = 0; i < count; i++) {
    int err = mount_setattr(fd, 0, 0, types[i] & kPropagation, (types[i] & MS_REC) != 0);
    if (err == -ENOSYS) err = mount_on(fd, -1, nullptr, nullptr, types[i] & (kPropagation | MS_REC), nullptr);
    if (err) return err;
  }
  return 0;
}

namespace {

int bind_remount(int fd, uint64_t flags, uint64_t cleared) {
  uint64_t set, clear;
  remount_attributes(flags, cleared, &set, &clear);
  int err = mount_setattr(fd, set, clear, 0, false);
  if (err != -ENOSYS) return err;
  // mount(2) keeps the atime flags when none is given; one that was cleared has to be replaced by the default.
  if (!(flags & kAtimeFlags) && (cleared & (MS_NOATIME | MS_NODIRATIME | MS_STRICTATIME))) flags |= MS_RELATIME;
  return mount_on(fd, -1, nullptr, nullptr, MS_REMOUNT | MS_BIND | flags, nullptr);
}

}  // namespace

int set_flags(int fd, uint64_t flags, uint64_t cleared, uint64_t* locked) {
  constexpr uint64_t kMountFlags = kLockable | MS_NOSYMFOLLOW;
  flags &= kMountFlags;
  *locked = 0;
  int err = bind_remount(fd, flags, cleared);
  if (err != -EPERM) return err;
  int64_t have = flags_of(fd);
  if (have < 0) return static_cast<int>(have);
  uint64_t kept = static_cast<uint64_t>(have) & kLockable;
  *locked = kept & cleared;
  if ((flags & kAtimeFlags) && (flags & kAtimeFlags) != (kept & kAtimeFlags)) *locked |= kept & kAtimeFlags;
  if (*locked) return -EPERM;
  return bind_remount(fd, flags | kept, 0);
}

int make_readonly(int fd) {
  int err = mount_setattr(fd, MOUNT_ATTR_RDONLY, 0, 0, false);
  if (err != -ENOSYS) return err;
  int64_t have = flags_of(fd);
  if (have < 0) return static_cast<int>(have);
  return mount_on(fd, -1, nullptr, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY | static_cast<uint64_t>(have), nullptr);
}

}  // namespace tsrunc::fs
