// The one way from a path of the container to a descriptor. Everything is resolved beneath the rootfs descriptor: a
// hostile image or a second container that shares a volume can swap components while we look, and must never lead us to
// the host (CVE-2021-30465, CVE-2024-45310, CVE-2026-41579).
//
// Functions return a descriptor (O_CLOEXEC) or -errno; none allocates. Paths are cleaned lexically first, as runc does
// ("/a/../b" is "/b", relative is taken from "/"), so that every path has a last component.
#pragma once

#include <stdint.h>
#include <sys/types.h>

namespace tsrunc::fs {

// As the kernel's own limit (MAXSYMLINKS).
inline constexpr int kMaxSymlinks = 40;
// Deepest directory the fallback resolver goes: it keeps one descriptor for each level.
inline constexpr int kMaxDepth = 128;
inline constexpr unsigned kPathSize = 4096;
inline constexpr unsigned kNameSize = 256;

enum class Last { follow, nofollow };
enum class Missing { fail, directory, file };

// Cleans `path` into `out` (kPathSize bytes): absolute, no ".", "..", "//" or trailing "/". Returns 0 or -ENAMETOOLONG.
int clean_path(const char* path, char* out);

// O_PATH descriptor of an existing object. Last::nofollow: a symlink in the last component is returned itself.
int resolve(int root, const char* path, Last last = Last::follow);

// O_PATH descriptor; what is missing is made beneath `root`: directories with mode 0755, and at the end a directory of
// `mode` or an empty file of `mode`. Dangling symlinks are followed inside the root and their target is made. `made`
// says whether the last one is new.
int resolve_or_make(int root, const char* path, Missing missing, mode_t mode, bool* made = nullptr);

// O_PATH descriptor of the directory that holds the last component of `path`, whose name goes to `name` (kNameSize
// bytes). Missing directories are made (0755) when `make`. "/" has no parent: -EBUSY.
int resolve_parent(int root, const char* path, char* name, bool make);

// The resolver without openat2: component by component with O_PATH|O_NOFOLLOW, symlinks read by us, ".." by popping the
// descriptor we came from, so that no rename can lead above `root`. resolve() uses it where openat2 is missing or
// filtered (ENOSYS, EPERM).
int walk(int root, const char* path, Last last, Missing missing, mode_t mode, bool* made);

// Mount id of the mount that `fd` is on (statx, else /proc/self/fdinfo), or -errno.
long long mount_id(int fd);

// What one statx(2) tells of an open object.
struct Object {
  uint64_t device = 0;
  uint64_t inode = 0;
  uint32_t mode = 0;
  // Id of the mount that it was opened on.
  long long mount = -1;
};

// 0 or -errno.
int identify(int fd, Object* out);
inline bool same_object(const Object& a, const Object& b) {
  return a.device == b.device && a.inode == b.inode && a.mount >= 0 && a.mount == b.mount;
}

// Whether both are the same object on the same mount.
bool same_object(int a, int b);

}  // namespace tsrunc::fs
