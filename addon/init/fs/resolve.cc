#include "init/fs/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "core/weak.h"

namespace tsrunc::fs {
namespace {

// Set once openat2 turned out to be missing (ENOSYS) or filtered by an older seccomp profile around us (EPERM).
bool no_openat2 = false;

// A rename or mount anywhere on the machine during the lookup makes a scoped openat2 fail with EAGAIN; after this many
// the walk takes over, which needs no retry.
constexpr int kTries = 64;

int openat2_in_root(int root, const char* path, int flags) {
  open_how how = {};
  how.flags = static_cast<unsigned long long>(flags);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  if (weakened("resolve-in-root")) {
    how.resolve = 0;
    path = path[1] ? path + 1 : ".";
  }
  for (int i = 0; i < kTries; i++) {
    long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return static_cast<int>(fd);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return -errno;
    if (i >= 8) {
      timespec pause = {0, 200'000};
      nanosleep(&pause, nullptr);
    }
  }
  return -EAGAIN;
}

}  // namespace

int clean_path(const char* path, char* out) {
  size_t length = 0;
  while (*path) {
    while (*path == '/') path++;
    const char* end = path;
    while (*end && *end != '/') end++;
    size_t n = static_cast<size_t>(end - path);
    if (n == 0) break;
    if (n == 2 && path[0] == '.' && path[1] == '.') {
      while (length > 0 && out[--length] != '/') {
      }
    } else if (!(n == 1 && path[0] == '.')) {
      if (length + n + 2 > kPathSize) return -ENAMETOOLONG;
      out[length++] = '/';
      memcpy(out + length, path, n);
      length += n;
    }
    path = end;
  }
  if (length == 0) out[length++] = '/';
  out[length] = 0;
  return 0;
}

int resolve(int root, const char* path, Last last) {
  char clean[kPathSize];
  if (int err = clean_path(path, clean)) return err;
  if (!no_openat2) {
    int fd = openat2_in_root(root, clean, O_PATH | O_CLOEXEC | (last == Last::nofollow ? O_NOFOLLOW : 0));
    if (fd >= 0) return fd;
    if (fd != -ENOSYS && fd != -EPERM && fd != -EAGAIN) return fd;
    if (fd != -EAGAIN) no_openat2 = true;
  }
  return walk(root, clean, last, Missing::fail, 0, nullptr);
}

int resolve_or_make(int root, const char* path, Missing missing, mode_t mode, bool* made) {
  if (made) *made = false;
  int fd = resolve(root, path);
  if (fd != -ENOENT || missing == Missing::fail) return fd;
  char clean[kPathSize];
  if (int err = clean_path(path, clean)) return err;
  return walk(root, clean, Last::follow, missing, mode, made);
}

int resolve_parent(int root, const char* path, char* name, bool make) {
  char clean[kPathSize];
  if (int err = clean_path(path, clean)) return err;
  char* slash = strrchr(clean, '/');
  if (slash[1] == 0) return -EBUSY;
  const size_t length = strlen(slash + 1);
  if (length >= kNameSize) return -ENAMETOOLONG;
  memcpy(name, slash + 1, length + 1);
  *slash = 0;
  int fd = resolve_or_make(root, clean, make ? Missing::directory : Missing::fail, 0755);
  if (fd < 0) return fd;
  struct stat st;
  if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) return fd;
  close(fd);
  return -ENOTDIR;
}

namespace {

long long mount_id_of_fdinfo(int fd) {
  char text[512] = "/proc/self/fdinfo/";
  size_t at = strlen(text);
  char digits[12];
  int n = 0;
  for (int rest = fd; n == 0 || rest > 0; rest /= 10) digits[n++] = static_cast<char>('0' + rest % 10);
  while (n > 0) text[at++] = digits[--n];
  text[at] = 0;
  int info = open(text, O_RDONLY | O_CLOEXEC);
  if (info < 0) return -errno;
  ssize_t got = read(info, text, sizeof text - 1);
  close(info);
  if (got <= 0) return -EIO;
  text[got] = 0;
  const char* line = strstr(text, "mnt_id:");
  if (!line) return -ENOSYS;
  line += strlen("mnt_id:");
  while (*line == ' ' || *line == '\t') line++;
  long long id = 0;
  for (; *line >= '0' && *line <= '9'; line++) id = id * 10 + (*line - '0');
  return id;
}

}  // namespace

long long mount_id(int fd) {
  struct statx st;
  // By number: musl has the call only since 1.2.5.
  if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, STATX_MNT_ID, &st) == 0 &&
      (st.stx_mask & STATX_MNT_ID)) {
    return static_cast<long long>(st.stx_mnt_id);
  }
  return mount_id_of_fdinfo(fd);
}

int identify(int fd, Object* out) {
  struct statx st;
  constexpr unsigned kWanted = STATX_TYPE | STATX_MODE | STATX_INO | STATX_MNT_ID;
  bool known = syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, kWanted, &st) == 0;
  if (known && (st.stx_mask & STATX_MNT_ID)) {
    *out = {makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino, st.stx_mode,
            static_cast<long long>(st.stx_mnt_id)};
    return 0;
  }
  // Before 5.8, or filtered.
  struct stat old;
  if (fstat(fd, &old) != 0) return -errno;
  *out = {static_cast<uint64_t>(old.st_dev), old.st_ino, old.st_mode, mount_id(fd)};
  return 0;
}

bool same_object(int a, int b) {
  Object x, y;
  return identify(a, &x) == 0 && identify(b, &y) == 0 && same_object(x, y);
}

}  // namespace tsrunc::fs
