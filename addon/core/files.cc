#include "core/files.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace tsrunc::core {
namespace {

constexpr size_t kMaxFile = 64u << 20;

struct NamedFlag {
  const char* name;
  int flag;
  const char* shown;
};
constexpr NamedFlag kFlags[] = {
    {"read", O_RDONLY, "O_RDONLY"}, {"write", O_WRONLY, "O_WRONLY"},     {"readwrite", O_RDWR, "O_RDWR"},
    {"create", O_CREAT, "O_CREAT"}, {"excl", O_EXCL, "O_EXCL"},          {"append", O_APPEND, "O_APPEND"},
    {"trunc", O_TRUNC, "O_TRUNC"},  {"dir", O_DIRECTORY, "O_DIRECTORY"}, {"nofollow", O_NOFOLLOW, "O_NOFOLLOW"},
    {"path", O_PATH, "O_PATH"},     {"sync", O_SYNC, "O_SYNC"},
};

struct OpenFlags {
  int bits = O_CLOEXEC | O_LARGEFILE;
  std::string shown;
};

Result<OpenFlags> flags_of(const std::vector<std::string>& names) {
  OpenFlags flags;
  for (const std::string& name : names) {
    const NamedFlag* found = nullptr;
    for (const NamedFlag& known : kFlags) {
      if (name == known.name) found = &known;
    }
    if (!found) return failure(EINVAL, name, "open flag \"%s\"", name.c_str());
    flags.bits |= found->flag;
    flags.shown += (flags.shown.empty() ? "" : "|") + std::string(found->shown);
  }
  if (flags.shown.empty()) flags.shown = "O_RDONLY";
  return flags;
}

// openat: musl's open sets FD_CLOEXEC once more by fcntl(2), for kernels before 2.6.23, which was a fifth of the system calls of `list`.
int open_path(const std::string& path, int flags, mode_t mode = 0) {
  return ::openat(AT_FDCWD, path.c_str(), flags | O_CLOEXEC | O_LARGEFILE, mode);
}

std::string describe(int fd) { return "fd " + std::to_string(fd); }

const char* type_name(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFDIR:
      return "dir";
    case S_IFLNK:
      return "link";
    case S_IFSOCK:
      return "socket";
    case S_IFIFO:
      return "fifo";
    case S_IFCHR:
      return "char";
    case S_IFBLK:
      return "block";
    default:
      return "file";
  }
}

FileStat describe(const struct stat& st) {
  FileStat result;
  result.type = type_name(st.st_mode);
  result.mode = st.st_mode & 07777;
  result.uid = st.st_uid;
  result.gid = st.st_gid;
  result.size = static_cast<double>(st.st_size);
  result.dev = static_cast<double>(st.st_dev);
  result.ino = static_cast<double>(st.st_ino);
  result.rdev = static_cast<double>(st.st_rdev);
  return result;
}

// Files of procfs and of cgroups say that they have 0 bytes; nearly all fit into this.
constexpr size_t kUsualFile = 4096;

// One byte more than there are: the end of the file is found by the same read.
size_t first_read(const struct stat& st) { return st.st_size > 0 ? static_cast<size_t>(st.st_size) + 1 : kUsualFile; }

// The whole of `fd` into `out`, which is a vector of bytes or a string; `expected` is the first read's size.
template <class Buffer>
Status slurp(int fd, const std::string& path, Buffer& out, size_t expected = kUsualFile) {
  if (expected > kMaxFile) return failure(EFBIG, path, "read(\"%s\")", path.c_str());
  size_t used = 0;
  out.resize(expected);
  for (;;) {
    if (used == out.size()) {
      if (used >= kMaxFile) return failure(EFBIG, path, "read(\"%s\")", path.c_str());
      out.resize(used * 2 < kMaxFile ? used * 2 : kMaxFile);
    }
    ssize_t got = ::read(fd, out.data() + used, out.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failure(errno, path, "read(\"%s\")", path.c_str());
    if (got == 0) break;
    used += static_cast<size_t>(got);
  }
  out.resize(used);
  return done();
}

template <class Buffer>
Result<Buffer> read_all(const std::string& path, bool usual) {
  Fd fd(open_path(path, O_RDONLY));
  if (!fd) return failure(errno, path, "open(\"%s\", O_RDONLY)", path.c_str());
  struct stat st {};
  bool sized = !usual && ::fstat(fd.get(), &st) == 0;
  Buffer out;
  TSRUNC_TRY(slurp(fd.get(), path, out, sized ? first_read(st) : kUsualFile));
  return out;
}

// errno 0: a state that is refused, and the text is the message.
Status refuse_file(const std::string& path, const struct stat& st, bool ours) {
  const char* name = path.c_str();
  if (!S_ISREG(st.st_mode)) return failure(0, path, "%s: not a regular file", name);
  if (static_cast<uint64_t>(st.st_size) > kMaxFile)
    return failure(0, path, "%s: larger than %zu bytes", name, kMaxFile);
  if (!ours) return done();
  uid_t euid = ::geteuid();
  if (st.st_uid != euid) return failure(0, path, "%s: belongs to user %u, not to user %u", name, st.st_uid, euid);
  if (st.st_mode & 022) return failure(0, path, "%s: others may write to it (mode %o)", name, st.st_mode & 07777);
  return done();
}

Status path_status(int result, const char* name, const std::string& path) {
  if (result == 0) return done();
  return failure(errno, path, "%s(\"%s\")", name, path.c_str());
}

}  // namespace

Result<int> open_file(const std::string& path, const std::vector<std::string>& flags, uint32_t mode) {
  auto wanted = flags_of(flags);
  if (!wanted) return wanted.failure();
  int fd = open_path(path, wanted->bits, mode);
  if (fd < 0) return failure(errno, path, "open(\"%s\", %s)", path.c_str(), wanted->shown.c_str());
  return fd;
}

Result<int> open_file_at(int dirfd, const std::string& path, const std::vector<std::string>& flags, uint32_t mode) {
  auto wanted = flags_of(flags);
  if (!wanted) return wanted.failure();
  int fd = ::openat(dirfd, path.c_str(), wanted->bits, mode);
  if (fd < 0) return failure(errno, path, "openat(%d, \"%s\", %s)", dirfd, path.c_str(), wanted->shown.c_str());
  return fd;
}

Status close_fd(int fd) {
  // EINTR: the descriptor is closed all the same (close(2), Linux).
  if (::close(fd) != 0 && errno != EINTR) return failure(errno, describe(fd), "close(%d)", fd);
  return done();
}

Result<Bytes> read_fd(int fd, uint32_t max) {
  if (max == 0 || max > kMaxFile) return failure(EINVAL, describe(fd), "read(%d, %u)", fd, max);
  // Not Bytes(max): that would be cleared first, up to megabytes for a small file. Memory that nothing is read into is never there.
  auto* buffer = new uint8_t[max];
  ssize_t got;
  do got = ::read(fd, buffer, max);
  while (got < 0 && errno == EINTR);
  const int err = errno;
  Bytes out(buffer, buffer + (got > 0 ? got : 0));
  delete[] buffer;
  if (got < 0) return failure(err, describe(fd), "read(%d, %u)", fd, max);
  return out;
}

Status write_fd(int fd, const Content& data) {
  size_t written = 0;
  while (written < data.size()) {
    ssize_t n = ::write(fd, data.data() + written, data.size() - written);
    if (n >= 0) {
      written += static_cast<size_t>(n);
    } else if (errno == EAGAIN) {
      struct pollfd ready = {fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return failure(errno, describe(fd), "write(%d, %zu bytes)", fd, data.size());
    }
  }
  return done();
}

Status write_once(int fd, const Content& data) {
  ssize_t n;
  do n = ::write(fd, data.data(), data.size());
  while (n < 0 && errno == EINTR);
  if (n < 0) return failure(errno, describe(fd), "write(%d, %zu bytes)", fd, data.size());
  if (static_cast<size_t>(n) != data.size())
    return failure(EIO, describe(fd), "write(%d, %zu bytes) = %zd", fd, data.size(), n);
  return done();
}

Result<Bytes> read_file(const std::string& path) { return read_all<Bytes>(path, false); }

Result<std::string> read_text(const std::string& path) { return read_all<std::string>(path, true); }

Result<std::optional<Bytes>> read_regular(const std::string& path, uint32_t most, bool ours) {
  // O_NONBLOCK: a FIFO would wait for a writer. What has effects when it is opened, a device, takes CAP_MKNOD on the host to put there.
  Fd fd(open_path(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
  if (!fd) {
    int err = errno;
    if (err == ENOENT) return std::optional<Bytes>();
    if (err == ELOOP || err == ENXIO) return failure(0, path, "%s: not a regular file", path.c_str());
    return failure(err, path, "open(\"%s\", O_RDONLY|O_NOFOLLOW)", path.c_str());
  }
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return failure(errno, path, "fstat(\"%s\")", path.c_str());
  TSRUNC_TRY(refuse_file(path, st, ours));
  if (static_cast<uint64_t>(st.st_size) > most) {
    auto head = read_fd(fd.get(), most);
    if (!head) return head.failure();
    return std::optional<Bytes>(std::move(*head));
  }
  Bytes out;
  TSRUNC_TRY(slurp(fd.get(), path, out, first_read(st)));
  return std::optional<Bytes>(std::move(out));
}

Result<std::optional<std::string>> read_text_if_there(const std::string& path) {
  auto text = read_text(path);
  if (text) return std::optional<std::string>(std::move(*text));
  switch (text.failure().err) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ESRCH:
      return std::optional<std::string>();
    default:
      return text.failure();
  }
}

Status write_text(const std::string& path, const Content& data) {
  Fd fd(open_path(path, O_WRONLY | O_TRUNC));
  if (!fd) return failure(errno, path, "open(\"%s\", O_WRONLY|O_TRUNC)", path.c_str());
  if (auto written = write_once(fd.get(), data); !written) {
    int shown = data.size() > 80 ? 80 : static_cast<int>(data.size());
    // Without the newline that some callers add.
    while (shown > 0 && data.data()[shown - 1] == '\n') --shown;
    return failure(written.failure().err, path, "write(\"%s\", \"%.*s\")", path.c_str(), shown,
                   reinterpret_cast<const char*>(data.data()));
  }
  return done();
}

Status fsync_fd(int fd) {
  if (::fsync(fd) != 0) return failure(errno, describe(fd), "fsync(%d)", fd);
  return done();
}

Status make_directory(const std::string& path, uint32_t mode) {
  if (::mkdir(path.c_str(), mode) == 0) return done();
  return failure(errno, path, "mkdir(\"%s\", 0%o)", path.c_str(), mode);
}

Status remove_directory(const std::string& path) { return path_status(::rmdir(path.c_str()), "rmdir", path); }

Status unlink_file(const std::string& path) { return path_status(::unlink(path.c_str()), "unlink", path); }

Status rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) == 0) return done();
  return failure(errno, to, "rename(\"%s\", \"%s\")", from.c_str(), to.c_str());
}

Result<FileStat> stat_path(const std::string& path) {
  struct stat st {};
  TSRUNC_TRY(path_status(::stat(path.c_str(), &st), "stat", path));
  return describe(st);
}

Result<FileStat> lstat_path(const std::string& path) {
  struct stat st {};
  TSRUNC_TRY(path_status(::lstat(path.c_str(), &st), "lstat", path));
  return describe(st);
}

Result<bool> path_exists(const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return failure(errno, path, "lstat(\"%s\")", path.c_str());
}

Result<FileStat> stat_fd(int fd) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return failure(errno, describe(fd), "fstat(%d)", fd);
  return describe(st);
}

Status change_mode(const std::string& path, uint32_t mode) {
  if (::chmod(path.c_str(), mode) == 0) return done();
  return failure(errno, path, "chmod(\"%s\", 0%o)", path.c_str(), mode);
}

Status change_owner(const std::string& path, uint32_t uid, uint32_t gid) {
  if (::chown(path.c_str(), uid, gid) == 0) return done();
  return failure(errno, path, "chown(\"%s\", %u, %u)", path.c_str(), uid, gid);
}

Status lock_file(int fd, bool wait) {
  int result;
  do result = ::flock(fd, LOCK_EX | (wait ? 0 : LOCK_NB));
  while (result != 0 && errno == EINTR);
  if (result != 0) return failure(errno, describe(fd), "flock(%d, LOCK_EX%s)", fd, wait ? "" : "|LOCK_NB");
  return done();
}

Status change_directory(const std::string& path) { return path_status(::chdir(path.c_str()), "chdir", path); }

Result<bool> is_terminal(int fd) { return ::isatty(fd) == 1; }

}  // namespace tsrunc::core
