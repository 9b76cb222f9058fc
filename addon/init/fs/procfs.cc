#include "init/fs/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "core/weak.h"
#include "init/fs/mountapi.h"
#include "init/fs/resolve.h"

namespace tsrunc::fs {
namespace {

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

int kept = -1;

// linux/proc_ns.h PROC_ROOT_INO: only the root of a procfs has it.
constexpr ino_t kRootInode = 1;

int new_procfs() {
  int context = fsopen("proc");
  if (context < 0) return context;
  int fd = fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr);
  if (fd >= 0) fd = fsmount(context, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  close(context);
  return fd;
}

int proven(int fd) {
  if (fd < 0 || is_procfs_root(fd)) return fd;
  close(fd);
  return -EXDEV;
}

// Without openat2: one component at a time, each on the mount we started on.
int walk_beneath(int proc, const char* path, int flags) {
  long long mount = mount_id(proc);
  int dir = fcntl(proc, F_DUPFD_CLOEXEC, 3);
  if (dir < 0) return -errno;
  for (;;) {
    while (*path == '/') path++;
    const char* slash = strchr(path, '/');
    size_t n = slash ? static_cast<size_t>(slash - path) : strlen(path);
    char name[kNameSize];
    if (n == 0 || n >= sizeof name || (n == 2 && memcmp(path, "..", 2) == 0)) {
      close(dir);
      return -EINVAL;
    }
    memcpy(name, path, n);
    name[n] = 0;
    int fd = openat(dir, name, O_NOFOLLOW | O_CLOEXEC | (slash ? O_PATH | O_DIRECTORY : flags));
    int err = errno;
    close(dir);
    if (fd < 0) return -err;
    if (mount < 0 || mount_id(fd) != mount) {
      close(fd);
      return -EXDEV;
    }
    if (!slash) return fd;
    dir = fd;
    path = slash + 1;
  }
}

}  // namespace

bool on_procfs(int fd) {
  struct statfs st;
  return fstatfs(fd, &st) == 0 && st.f_type == PROC_SUPER_MAGIC;
}

bool is_procfs_root(int fd) {
  struct stat st;
  return on_procfs(fd) && fstat(fd, &st) == 0 && st.st_ino == kRootInode;
}

void forget_private_procfs() {
  if (kept >= 0) close(kept);
  kept = -1;
}

int private_procfs() {
  if (weakened("private-procfs")) return open("/proc", O_PATH | O_CLOEXEC);
  if (kept >= 0) return kept;
  int fd = proven(new_procfs());
  if (fd < 0) {
    fd = proven(open_tree(AT_FDCWD, "/proc", OPEN_TREE_CLONE));
    // A read-only /proc of the container is not ours; where the flag is locked (a user namespace) a write says EROFS
    // itself.
    if (fd >= 0) mount_setattr(fd, 0, MOUNT_ATTR_RDONLY, 0, false);
  }
  if (fd < 0) {
    // Also EINVAL: in a user namespace that inherited a /proc with masks nothing less than all of it can be cloned.
    int plain = open("/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    fd = proven(plain < 0 ? -errno : plain);
  }
  if (fd >= 0) kept = fd;
  return fd;
}

int open_beneath(int proc, const char* path, int flags) {
  if (weakened("private-procfs")) return openat(proc, path, flags | O_CLOEXEC);
  open_how how = {};
  how.flags = static_cast<unsigned long long>(flags | O_CLOEXEC | O_NOFOLLOW);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
  for (int i = 0; i < 64; i++) {
    long fd = syscall(SYS_openat2, proc, path, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == ENOSYS || errno == EPERM) break;
    if (errno != EAGAIN && errno != EINTR) return -errno;
  }
  return walk_beneath(proc, path, flags);
}

int chmod_fd(int fd, unsigned mode) {
  if (!new_api_forgotten()) {
    if (syscall(SYS_fchmodat2, fd, "", mode, AT_EMPTY_PATH) == 0) return 0;
    if (errno != ENOSYS && errno != EPERM) return -errno;
  }
  int proc = private_procfs();
  if (proc < 0) return proc;
  char path[40];
  fd_path(fd, path);
  return fchmodat(proc, path, mode, 0) == 0 ? 0 : -errno;
}

void fd_path(int fd, char* out) {
  static constexpr char kDirectory[] = "thread-self/fd/";
  memcpy(out, kDirectory, sizeof kDirectory);
  char digits[12];
  int n = 0;
  for (int rest = fd; n == 0 || rest > 0; rest /= 10) digits[n++] = static_cast<char>('0' + rest % 10);
  char* at = out + strlen(out);
  while (n > 0) *at++ = digits[--n];
  *at = 0;
}

}  // namespace tsrunc::fs
