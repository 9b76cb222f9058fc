#include "init/ops/copyup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/fd.h"
#include "init/fs/resolve.h"

namespace tsrunc::init {
namespace {

using core::Fd;

struct Copy {
  int from;  // directory
  int to;    // directory
  const char* name;
  std::string_view path;  // of the mount, for errors
};

Status failed_copy(int err, const char* call, const Copy& copy) {
  return fail(err, copy.path, {call, "(", Quoted{copy.name}, ") while copying up ", copy.path});
}

// Owner before mode, as chown clears setuid and setgid.
Status copy_owner_and_times(const Copy& copy, const struct stat& st) {
  if (fchownat(copy.to, copy.name, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) != 0)
    return failed_copy(errno, "fchownat", copy);
  if (!S_ISLNK(st.st_mode) && fchmodat(copy.to, copy.name, st.st_mode & 07777, 0) != 0)
    return failed_copy(errno, "fchmodat", copy);
  timespec times[2] = {st.st_atim, st.st_mtim};
  if (utimensat(copy.to, copy.name, times, AT_SYMLINK_NOFOLLOW) != 0) return failed_copy(errno, "utimensat", copy);
  return done();
}

// Attributes that the tmpfs does not take (user.* before 6.6) are left out.
void copy_attributes(int from, int to) {
  char names[4096];
  ssize_t size = flistxattr(from, names, sizeof names);
  for (ssize_t at = 0; at < size; at += static_cast<ssize_t>(strlen(names + at)) + 1) {
    char value[4096];
    ssize_t n = fgetxattr(from, names + at, value, sizeof value);
    if (n >= 0) fsetxattr(to, names + at, value, static_cast<size_t>(n), 0);
  }
}

Status copy_file(const Copy& copy, const struct stat& st) {
  // O_NONBLOCK: what was a file a moment ago may be a fifo now.
  Fd in(openat(copy.from, copy.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!in) return failed_copy(errno, "openat", copy);
  struct stat now;
  if (fstat(in.get(), &now) != 0) return failed_copy(errno, "fstat", copy);
  if (now.st_ino != st.st_ino || now.st_dev != st.st_dev) return failed_copy(ESTALE, "openat", copy);
  Fd out(openat(copy.to, copy.name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!out) return failed_copy(errno, "openat", copy);
  for (;;) {
    ssize_t n = sendfile(out.get(), in.get(), nullptr, 1 << 30);
    if (n == 0) break;
    if (n < 0 && errno != EINTR) return failed_copy(errno, "sendfile", copy);
  }
  if (fchown(out.get(), st.st_uid, st.st_gid) != 0) return failed_copy(errno, "fchown", copy);
  copy_attributes(in.get(), out.get());  // after the chown, which drops security.capability
  if (fchmod(out.get(), st.st_mode & 07777) != 0) return failed_copy(errno, "fchmod", copy);
  timespec times[2] = {st.st_atim, st.st_mtim};
  if (futimens(out.get(), times) != 0) return failed_copy(errno, "futimens", copy);
  return done();
}

Status copy_symlink(const Copy& copy, const struct stat& st) {
  char target[fs::kPathSize];
  ssize_t n = readlinkat(copy.from, copy.name, target, sizeof target - 1);
  if (n < 0) return failed_copy(errno, "readlinkat", copy);
  target[n] = 0;
  if (symlinkat(target, copy.to, copy.name) != 0) return failed_copy(errno, "symlinkat", copy);
  return copy_owner_and_times(copy, st);
}

// The entries of one level; getdents64 into a buffer of our own, as opendir(3) allocates.
class Entries {
 public:
  explicit Entries(int fd) : fd_(fd) {}
  // Null at the end; `error` then tells an errno.
  const char* next(int* error) {
    for (;;) {
      if (at_ >= size_) {
        long n = syscall(SYS_getdents64, fd_, buffer_, sizeof buffer_);
        *error = n < 0 ? errno : 0;
        if (n <= 0) return nullptr;
        at_ = 0;
        size_ = n;
      }
      auto* entry = reinterpret_cast<dirent64*>(buffer_ + at_);
      at_ += entry->d_reclen;
      if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) return entry->d_name;
    }
  }

 private:
  int fd_;
  long at_ = 0;
  long size_ = 0;
  alignas(dirent64) char buffer_[2048];
};

Status copy_level(int from, int to, std::string_view path, int depth);

Status copy_directory(const Copy& copy, const struct stat& st, int depth) {
  if (depth == 0) return failed_copy(ENAMETOOLONG, "mkdirat", copy);
  Fd in(openat(copy.from, copy.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!in) return failed_copy(errno, "openat", copy);
  if (mkdirat(copy.to, copy.name, 0700) != 0) return failed_copy(errno, "mkdirat", copy);
  Fd out(openat(copy.to, copy.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!out) return failed_copy(errno, "openat", copy);
  TSRUNC_TRY(copy_level(in.get(), out.get(), copy.path, depth - 1));
  copy_attributes(in.get(), out.get());
  return copy_owner_and_times(copy, st);
}

Status copy_entry(const Copy& copy, int depth) {
  struct stat st;
  if (fstatat(copy.from, copy.name, &st, AT_SYMLINK_NOFOLLOW) != 0) return failed_copy(errno, "fstatat", copy);
  switch (st.st_mode & S_IFMT) {
    case S_IFREG:
      return copy_file(copy, st);
    case S_IFDIR:
      return copy_directory(copy, st, depth);
    case S_IFLNK:
      return copy_symlink(copy, st);
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
      if (mknodat(copy.to, copy.name, st.st_mode & (S_IFMT | 0600), st.st_rdev) != 0)
        return failed_copy(errno, "mknodat", copy);
      return copy_owner_and_times(copy, st);
    default:
      return done();
  }
}

Status copy_level(int from, int to, std::string_view path, int depth) {
  Entries entries(from);
  int error = 0;
  while (const char* name = entries.next(&error)) TSRUNC_TRY(copy_entry({from, to, name, path}, depth));
  if (error) return fail(error, path, {"getdents64() while copying up ", path});
  return done();
}

}  // namespace

Status copy_up(int from, int to, std::string_view path) {
  Fd in(openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!in) return fail(errno, path, {"openat(", Quoted{path}, ")"});
  Fd out(openat(to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!out) return fail(errno, path, {"openat(", Quoted{path}, ") on the new tmpfs"});
  return copy_level(in.get(), out.get(), path, fs::kMaxDepth);
}

}  // namespace tsrunc::init
