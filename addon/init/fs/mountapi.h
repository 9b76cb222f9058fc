// The mount system calls, one function each, through syscall(2) (glibc before 2.36 has none of the new ones). 0 or a
// descriptor, else -errno; -ENOSYS also where an older seccomp profile around us filters a new call (EPERM). Sources:
// mount(2), mount_setattr(2), fsopen(2), fsconfig(2), fsmount(2), open_tree(2), move_mount(2), fs/namespace.c.
#pragma once

#include <linux/mount.h>
#include <stdint.h>

#ifndef MOUNT_ATTR_NOSYMFOLLOW
#define MOUNT_ATTR_NOSYMFOLLOW 0x00200000
#endif

namespace tsrunc::fs {

int open_tree(int dir, const char* path, unsigned flags);
// Attaches the detached mount `mount` on the object `target`; no path is looked up.
int move_mount(int mount, int target);
int fsopen(const char* type);
int fsconfig(int context, unsigned command, const char* key, const char* value);
int fsmount(int context, unsigned attributes);
// On the mount that `fd` is the root of; with `recursive` on all below it too.
int mount_setattr(int fd, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);
// MOUNT_ATTR_IDMAP with the maps of the user namespace `user_namespace` (5.12); the mount must be detached.
int mount_idmap(int fd, int user_namespace, bool recursive);
int mount_old(const char* source, const char* target, const char* type, uint64_t flags, const char* data);
int pivot_root(const char* new_root, const char* put_old);

// Makes every later call of the new mount API (and fchmodat2) fail with ENOSYS, for tests of the fallbacks.
void forget_new_api(bool forget);
bool new_api_forgotten();

// MS_* flags of one mount. The kernel's rules of path_mount(): strictatime wins over noatime, which wins over relatime,
// the default.
inline constexpr uint64_t kAtimeFlags = MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME;
// Flags of a mount (not of a superblock) that a mount in a more privileged mount namespace can lock (MNT_LOCK_*).
inline constexpr uint64_t kLockable = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | kAtimeFlags;
inline constexpr uint64_t kPropagation = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

// MOUNT_ATTR_* for a new mount with these MS_* flags.
uint64_t attributes_of(uint64_t flags);
// What a bind remount with `flags` sets and clears: all flags become as given; the atime flags only when one of them is
// given, or `cleared`.
void remount_attributes(uint64_t flags, uint64_t cleared, uint64_t* set, uint64_t* clear);
// MS_* flags the mount under `fd` has (fstatfs f_flags), MS_STRICTATIME included; -errno as negative.
int64_t flags_of(int fd);

// The names of lockable flags for messages: "ro,nosuid". `out` has at least 96 bytes.
void flag_names(uint64_t flags, char* out);

}  // namespace tsrunc::fs
