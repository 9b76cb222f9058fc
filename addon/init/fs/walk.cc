// The resolver without openat2, which is also the one that makes what is missing.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/weak.h"
#include "init/fs/resolve.h"

namespace tsrunc::fs {
namespace {

// The directories from the root to where we are. ".." pops: it is never asked of the kernel, whose answer a rename can
// change.
class Trail {
 public:
  explicit Trail(int root) : root_(root) {}
  ~Trail() { to_root(); }
  Trail(const Trail&) = delete;
  Trail& operator=(const Trail&) = delete;

  int top() const { return depth_ > 0 ? fds_[depth_ - 1] : root_; }
  bool push(int fd) {
    if (depth_ == kMaxDepth) return false;
    fds_[depth_++] = fd;
    return true;
  }
  void pop() {
    if (depth_ > 0) close(fds_[--depth_]);
  }
  void to_root() {
    while (depth_ > 0) pop();
  }

 private:
  int root_;
  int depth_ = 0;
  int fds_[kMaxDepth];
};

// What is still to be walked: a string that shrinks from the front and grows there when a symlink is followed.
class Rest {
 public:
  int set(const char* path) { return prepend(path, strlen(path)); }

  int prepend(const char* text, size_t n) {
    if (n + 1 > static_cast<size_t>(from_)) return -ENAMETOOLONG;
    if (from_ < kEnd) text_[--from_] = '/';
    from_ -= static_cast<int>(n);
    memcpy(text_ + from_, text, n);
    return 0;
  }
  // Next component, or false at the end. `name` has kNameSize bytes; a longer one sets `error`.
  bool next(char* name, int* error) {
    while (from_ < kEnd && text_[from_] == '/') from_++;
    int n = 0;
    while (from_ < kEnd && text_[from_] != '/') {
      if (n + 1 == static_cast<int>(kNameSize)) {
        *error = -ENAMETOOLONG;
        return false;
      }
      name[n++] = text_[from_++];
    }
    name[n] = 0;
    return n > 0;
  }
  // Whether nothing but slashes follows.
  bool last() const {
    for (int i = from_; i < kEnd; i++) {
      if (text_[i] != '/') return false;
    }
    return true;
  }

 private:
  static constexpr int kEnd = 2 * kPathSize;
  char text_[kEnd];
  int from_ = kEnd;
};

// The exact mode whatever our umask, the parent's default ACL and its setgid bit say; only on an object that is still
// as we made it.
int fix_mode(int fd, mode_t mode) {
  struct stat st;
  if (fstat(fd, &st) != 0) return -errno;
  if ((st.st_mode & 07777) == mode || st.st_uid != geteuid()) return 0;
  return fchmod(fd, mode) == 0 ? 0 : -errno;
}

// Makes `name` in `dir` and returns a descriptor of it; -EEXIST when somebody else was faster.
int make_directory(int dir, const char* name, mode_t mode) {
  if (mkdirat(dir, name, mode) != 0) return -errno;
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return errno == ELOOP || errno == ENOTDIR || errno == ENOENT ? -EEXIST : -errno;
  if (int err = fix_mode(fd, mode)) {
    close(fd);
    return err;
  }
  return fd;
}

int make_file(int dir, const char* name, mode_t mode) {
  int fd = openat(dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return -errno;
  if (int err = fix_mode(fd, mode)) {
    close(fd);
    return err;
  }
  return fd;
}

class Walk {
 public:
  Walk(int root, Last last, Missing missing, mode_t mode) : trail_(root), last_(last), missing_(missing), mode_(mode) {}

  int run(const char* path, bool* made) {
    if (int err = rest_.set(path)) return err;
    char name[kNameSize];
    int error = 0;
    while (rest_.next(name, &error)) {
      if (strcmp(name, ".") == 0) continue;
      if (strcmp(name, "..") == 0) {
        trail_.pop();
        continue;
      }
      int done = step(name, made);
      if (done != kGoOn) return done;
    }
    if (error) return error;
    int fd = fcntl(trail_.top(), F_DUPFD_CLOEXEC, 3);
    return fd >= 0 ? fd : -errno;
  }

 private:
  static constexpr int kGoOn = -100000;
  static constexpr int kRaces = 128;

  int step(const char* name, bool* made) {
    for (int i = 0; i < kRaces; i++) {
      int fd = openat(trail_.top(), name, O_PATH | O_CLOEXEC | (weakened("resolve-in-root") ? 0 : O_NOFOLLOW));
      if (fd >= 0) return enter(fd);
      if (errno != ENOENT || missing_ == Missing::fail) return -errno;
      bool last = rest_.last();
      fd = last && missing_ == Missing::file ? make_file(trail_.top(), name, mode_)
                                             : make_directory(trail_.top(), name, last ? mode_ : 0755);
      if (fd == -EEXIST) continue;  // made meanwhile, perhaps as a symlink: look again
      if (fd < 0) return fd;
      if (!last) return trail_.push(fd) ? kGoOn : (close(fd), -ENAMETOOLONG);
      if (made) *made = true;
      return fd;
    }
    return -EAGAIN;
  }

  int enter(int fd) {
    struct stat st;
    if (fstat(fd, &st) != 0) {
      int err = errno;
      close(fd);
      return -err;
    }
    bool last = rest_.last();
    if (S_ISLNK(st.st_mode)) {
      if (last && last_ == Last::nofollow) return fd;
      int err = follow(fd);
      close(fd);
      return err;
    }
    if (S_ISDIR(st.st_mode)) return trail_.push(fd) ? kGoOn : (close(fd), -ENAMETOOLONG);
    if (last) return fd;
    close(fd);
    return -ENOTDIR;
  }

  // A symlink is only text to us: also the magic links of procfs lead nowhere but beneath the root.
  int follow(int fd) {
    if (++links_ > kMaxSymlinks) return -ELOOP;
    char target[kPathSize];
    ssize_t n = readlinkat(fd, "", target, sizeof target);
    if (n < 0) return -errno;
    if (n == 0) return -ENOENT;
    if (n == static_cast<ssize_t>(sizeof target)) return -ENAMETOOLONG;
    if (target[0] == '/') trail_.to_root();
    if (int err = rest_.prepend(target, static_cast<size_t>(n))) return err;
    return kGoOn;
  }

  Trail trail_;
  Rest rest_;
  Last last_;
  Missing missing_;
  mode_t mode_;
  int links_ = 0;
};

}  // namespace

int walk(int root, const char* path, Last last, Missing missing, mode_t mode, bool* made) {
  if (made) *made = false;
  return Walk(root, last, missing, mode).run(path, made);
}

}  // namespace tsrunc::fs
