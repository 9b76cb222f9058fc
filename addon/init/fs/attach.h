// Putting a mount on exactly one object, and proving afterwards that it is there.
#pragma once

#include <stdint.h>
#include <sys/stat.h>

namespace tsrunc::fs {

// mount(2) for kernels without the new API: `target` is named through thread-self/fd of a proven procfs, never by its
// path. The source is `source_fd` when that is not negative, else `source`. 0 or -errno.
int mount_on(int target, int source_fd, const char* source, const char* type, uint64_t flags, const char* data);

// Both are directories or neither is (move_mount(2) says EINVAL where that is not so, mount(2) ENOTDIR).
inline bool same_kind(uint32_t mount, uint32_t target) { return S_ISDIR(mount) == S_ISDIR(target); }

// The mount that is at `path` beneath `root` now: its top object, O_PATH. Its id must be another than `before`, and
// `mount`, if that is not kAnyMount; -ESTALE when somebody moved the place meanwhile.
inline constexpr long long kAnyMount = INT64_MIN;
int reopen_mounted(int root, const char* path, long long before, long long mount);

// A loop over `count` propagation types (MS_PRIVATE and the like, MS_REC allowed) on the mount of `fd`.
int set_propagation(int fd, const uint64_t* types, unsigned count);

// Changes the flags of the mount of `fd` as a bind remount does. EPERM of locked flags: `locked` gets those (MS_*) that
// the source has and the caller wanted to be rid of, and -EPERM is returned; else they are kept.
int set_flags(int fd, uint64_t flags, uint64_t cleared, uint64_t* locked);

// Adds MS_RDONLY and nothing else to the mount of `fd`.
int make_readonly(int fd);

}  // namespace tsrunc::fs
