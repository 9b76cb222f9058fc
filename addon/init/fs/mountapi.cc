#include "init/fs/mountapi.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/fs/procfs.h"

namespace tsrunc::fs {
namespace {

bool forgotten = false;

int result(long value) { return value < 0 ? -errno : static_cast<int>(value); }

// An older seccomp profile around us answers EPERM to calls it does not know; the kernel answers EINVAL to flags it
// does not know, before it looks at anything else.
int unless_filtered(int err, long number) {
  if (err != -EPERM) return err;
  return syscall(number, -1, "", ~0u, nullptr, 0) < 0 && errno == EPERM ? -ENOSYS : err;
}

// statfs f_flags, fs/statfs.c calculate_f_flags(); the MS_* bits are the same but for these.
constexpr int64_t kStNoatime = 0x0400;
constexpr int64_t kStNodiratime = 0x0800;
constexpr int64_t kStRelatime = 0x1000;
constexpr int64_t kStNosymfollow = 0x2000;

struct Pair {
  uint64_t ms;
  uint64_t attribute;
};
constexpr Pair kPlain[] = {
    {MS_RDONLY, MOUNT_ATTR_RDONLY}, {MS_NOSUID, MOUNT_ATTR_NOSUID},         {MS_NODEV, MOUNT_ATTR_NODEV},
    {MS_NOEXEC, MOUNT_ATTR_NOEXEC}, {MS_NODIRATIME, MOUNT_ATTR_NODIRATIME}, {MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
};

}  // namespace

void forget_new_api(bool forget) {
  forgotten = forget;
  forget_private_procfs();
}
bool new_api_forgotten() { return forgotten; }

int open_tree(int dir, const char* path, unsigned flags) {
  if (forgotten) return -ENOSYS;
  return unless_filtered(result(syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC)), SYS_open_tree);
}

int move_mount(int mount, int target) {
  if (forgotten) return -ENOSYS;
  return result(syscall(SYS_move_mount, mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

int fsopen(const char* type) {
  if (forgotten) return -ENOSYS;
  int fd = result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
  return fd == -EPERM ? -ENOSYS : fd;  // without the right to mount at all mount(2) will say so
}

int fsconfig(int context, unsigned command, const char* key, const char* value) {
  return result(syscall(SYS_fsconfig, context, command, key, value, 0));
}

int fsmount(int context, unsigned attributes) {
  return result(syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, attributes));
}

int mount_setattr(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive) {
  if (forgotten) return -ENOSYS;
  mount_attr attributes = {};
  attributes.attr_set = set;
  attributes.attr_clr = clear;
  attributes.propagation = propagation;
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  int err = result(syscall(SYS_mount_setattr, fd, "", flags, &attributes, sizeof attributes));
  return unless_filtered(err, SYS_mount_setattr);
}

int mount_idmap(int fd, int user_namespace, bool recursive) {
  if (forgotten) return -ENOSYS;
  mount_attr attributes = {};
  attributes.attr_set = MOUNT_ATTR_IDMAP;
  attributes.userns_fd = static_cast<uint64_t>(user_namespace);
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);
  int err = result(syscall(SYS_mount_setattr, fd, "", flags, &attributes, sizeof attributes));
  return unless_filtered(err, SYS_mount_setattr);
}

int mount_old(const char* source, const char* target, const char* type, uint64_t flags, const char* data) {
  return result(syscall(SYS_mount, source, target, type, flags, data));
}

int pivot_root(const char* new_root, const char* put_old) { return result(syscall(SYS_pivot_root, new_root, put_old)); }

uint64_t attributes_of(uint64_t flags) {
  uint64_t attributes = 0;
  for (const Pair& pair : kPlain) {
    if (flags & pair.ms) attributes |= pair.attribute;
  }
  if (flags & MS_STRICTATIME) return attributes | MOUNT_ATTR_STRICTATIME;
  if (flags & MS_NOATIME) return attributes | MOUNT_ATTR_NOATIME;
  return attributes;
}

void remount_attributes(uint64_t flags, uint64_t cleared, uint64_t* set, uint64_t* clear) {
  *set = attributes_of(flags);
  *clear = 0;
  bool atime = (flags & kAtimeFlags) || (cleared & (MS_NOATIME | MS_STRICTATIME));
  for (const Pair& pair : kPlain) {
    if (pair.ms == MS_NODIRATIME && !atime && !(cleared & MS_NODIRATIME)) continue;
    if (pair.ms == MS_NOSYMFOLLOW && !((flags | cleared) & MS_NOSYMFOLLOW)) continue;  // unknown before 5.14
    if (!(*set & pair.attribute)) *clear |= pair.attribute;
  }
  if (atime) *clear |= MOUNT_ATTR__ATIME;
  else *set &= ~static_cast<uint64_t>(MOUNT_ATTR__ATIME);
}

int64_t flags_of(int fd) {
  struct statfs st;
  if (fstatfs(fd, &st) != 0) return -errno;
  int64_t have = static_cast<int64_t>(st.f_flags);
  int64_t flags = have & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);
  if (have & kStNoatime) flags |= MS_NOATIME;
  if (have & kStNodiratime) flags |= MS_NODIRATIME;
  if (have & kStRelatime) flags |= MS_RELATIME;
  if (have & kStNosymfollow) flags |= MS_NOSYMFOLLOW;
  if (!(have & (kStNoatime | kStRelatime))) flags |= MS_STRICTATIME;
  return flags;
}

void flag_names(uint64_t flags, char* out) {
  struct Name {
    uint64_t flag;
    const char* name;
  };
  static constexpr Name names[] = {{MS_RDONLY, "ro"},         {MS_NOSUID, "nosuid"},
                                   {MS_NODEV, "nodev"},       {MS_NOEXEC, "noexec"},
                                   {MS_NOATIME, "noatime"},   {MS_NODIRATIME, "nodiratime"},
                                   {MS_RELATIME, "relatime"}, {MS_STRICTATIME, "strictatime"}};
  char* at = out;
  for (const Name& name : names) {
    if (!(flags & name.flag)) continue;
    if (at != out) *at++ = ',';
    at = stpcpy(at, name.name);
  }
  *at = 0;
}

}  // namespace tsrunc::fs
