// Files of procfs that are really procfs. What is mounted on the container's /proc is not to be trusted: a write to
// /proc/sys or /proc/self/attr through it can land in a harmless file or in a dangerous one (CVE-2019-16884,
// CVE-2025-52881).
#pragma once

namespace tsrunc::fs {

// Directory descriptor of a procfs of our own that is mounted nowhere, proven by its magic and root inode. Made once,
// then kept (do not close it): fsopen("proc"); where the kernel has none or refuses a new one (a user namespace that
// sees no full procfs) a clone of /proc without what is mounted in it; else /proc itself, where open_beneath() still
// refuses what is mounted over. -errno; -EXDEV when /proc is no procfs.
int private_procfs();
// Closes it, for tests.
void forget_private_procfs();

// Whether `fd` is on a procfs at all, and whether it is the root of one.
bool on_procfs(int fd);
bool is_procfs_root(int fd);

// Opens `path` (relative) beneath the directory `proc` with `flags`: no symlinks, no "..", no other mount in between.
// -errno.
int open_beneath(int proc, const char* path, int flags);

// chmod of what an O_PATH descriptor refers to, which fchmod(2) refuses: fchmodat2 (6.6), else through procfs. 0 or
// -errno.
int chmod_fd(int fd, unsigned mode);

// "thread-self/fd/N" relative to private_procfs(); `out` has at least 40 bytes.
void fd_path(int fd, char* out);

}  // namespace tsrunc::fs
