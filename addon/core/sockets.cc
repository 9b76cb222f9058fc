#include "core/sockets.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <ctime>

#include "core/signals.h"

namespace tsrunc::core {
namespace {

std::string describe(int fd) { return "fd " + std::to_string(fd); }

struct Address {
  struct sockaddr_un un {};
  // Keeps /proc/self/fd/N alive while the address is used.
  Fd directory;
};

Result<Address> unix_address(const std::string& path) {
  Address address;
  address.un.sun_family = AF_UNIX;
  std::string name = path;
  if (name.size() >= sizeof address.un.sun_path) {
    size_t slash = path.rfind('/');
    std::string parent = slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
    address.directory.reset(::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!address.directory) return failure(errno, parent, "open(\"%s\", O_PATH|O_DIRECTORY)", parent.c_str());
    name = "/proc/self/fd/" + std::to_string(address.directory.get()) + "/" +
           (slash == std::string::npos ? path : path.substr(slash + 1));
    if (name.size() >= sizeof address.un.sun_path)
      return failure(ENAMETOOLONG, path, "unix socket \"%s\"", path.c_str());
  }
  memcpy(address.un.sun_path, name.c_str(), name.size() + 1);
  return address;
}

const sockaddr* generic(const Address& address) { return reinterpret_cast<const sockaddr*>(&address.un); }

Result<Fd> unix_socket() {
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure(errno, "", "socket(AF_UNIX, SOCK_STREAM)");
  return fd;
}

int64_t clock_ms() {
  struct timespec t {};
  ::clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<int64_t>(t.tv_sec) * 1000 + t.tv_nsec / 1000000;
}

Status wait_readable(int fd, int timeout_ms) {
  if (timeout_ms < 0 && caught_signals.fd() < 0) return done();
  int64_t deadline = clock_ms() + timeout_ms;
  for (;;) {
    int64_t left = timeout_ms < 0 ? -1 : std::max<int64_t>(deadline - clock_ms(), 0);
    struct pollfd ready[] = {{fd, POLLIN, 0}, {caught_signals.fd(), POLLIN, 0}};
    int n = ::poll(ready, 2, static_cast<int>(left));
    if (n == 0) return failure(ETIMEDOUT, describe(fd), "recvmsg(%d) within %d ms", fd, timeout_ms);
    if (n < 0 && errno != EINTR) return failure(errno, describe(fd), "poll(%d)", fd);
    // What has come counts: with the program's start in hand, the signal is the program's.
    if (n > 0 && ready[0].revents) return done();
    if (int signal = n > 0 ? caught_signals.take_ending() : 0) return interruption(signal);
  }
}

void collect_fds(struct msghdr& header, std::vector<int>& fds) {
  for (struct cmsghdr* control = CMSG_FIRSTHDR(&header); control; control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int received;
      memcpy(&received, CMSG_DATA(control) + i * sizeof(int), sizeof received);
      fds.push_back(received);
    }
  }
}

}  // namespace

Result<FdPair> make_pipe() {
  FdPair ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failure(errno, "", "pipe2(O_CLOEXEC)");
  return ends;
}

Result<FdPair> make_socketpair() {
  FdPair ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return failure(errno, "", "socketpair(AF_UNIX, SOCK_STREAM)");
  }
  return ends;
}

Result<FdPair> make_packet_pair() {
  FdPair ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return failure(errno, "", "socketpair(AF_UNIX, SOCK_SEQPACKET)");
  }
  return ends;
}

Result<int> listen_unix(const std::string& path, uint32_t mode) {
  auto fd = unix_socket();
  if (!fd) return fd.failure();
  auto address = unix_address(path);
  if (!address) return address.failure();
  // The mode of the socket's inode is that of the file that bind makes (less the umask): never wider than asked, not
  // even briefly.
  if (::fchmod(fd->get(), mode) != 0) return failure(errno, path, "fchmod(socket, 0%o)", mode);
  if (::bind(fd->get(), generic(*address), sizeof address->un) != 0)
    return failure(errno, path, "bind(\"%s\")", path.c_str());
  // By the address, which may be the short form of a long path.
  if (::chmod(address->un.sun_path, mode) != 0 || ::listen(fd->get(), 8) != 0) {
    int err = errno;
    ::unlink(address->un.sun_path);
    return failure(err, path, "listen(\"%s\")", path.c_str());
  }
  return fd->release();
}

Result<int> connect_unix(const std::string& path) {
  auto fd = unix_socket();
  if (!fd) return fd.failure();
  auto address = unix_address(path);
  if (!address) return address.failure();
  int result;
  do result = ::connect(fd->get(), generic(*address), sizeof address->un);
  while (result != 0 && errno == EINTR);
  if (result != 0) return failure(errno, path, "connect(\"%s\")", path.c_str());
  return fd->release();
}

Result<int> bind_datagram(const std::string& path, uint32_t mode) {
  Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure(errno, "", "socket(AF_UNIX, SOCK_DGRAM)");
  auto address = unix_address(path);
  if (!address) return address.failure();
  if (::bind(fd.get(), generic(*address), sizeof address->un) != 0)
    return failure(errno, path, "bind(\"%s\")", path.c_str());
  if (::chmod(address->un.sun_path, mode) != 0) return failure(errno, path, "chmod(\"%s\", 0%o)", path.c_str(), mode);
  return fd.release();
}

Result<int> connect_datagram(const std::string& path) {
  Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure(errno, "", "socket(AF_UNIX, SOCK_DGRAM)");
  auto address = unix_address(path);
  if (!address) return address.failure();
  socklen_t size = sizeof address->un;
  if (path.starts_with('@')) {
    address->un.sun_path[0] = 0;
    // The name ends where the address does.
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  }
  if (::connect(fd.get(), generic(*address), size) != 0) return failure(errno, path, "connect(\"%s\")", path.c_str());
  return fd.release();
}

Status send_message(int fd, const std::vector<ByteView>& parts, const std::vector<int>& fds) {
  size_t size = 0;
  std::vector<struct iovec> pieces;
  for (const ByteView& part : parts) {
    pieces.push_back({const_cast<uint8_t*>(part.data), part.size});
    size += part.size;
  }
  if (size > kMaxMessage || fds.size() > kMaxMessageFds) {
    return failure(EMSGSIZE, describe(fd), "sendmsg(%d, %zu bytes, %zu descriptors)", fd, size, fds.size());
  }
  struct msghdr header {};
  header.msg_iov = pieces.data();
  header.msg_iovlen = pieces.size();
  alignas(struct cmsghdr) char control[CMSG_SPACE(kMaxMessageFds * sizeof(int))] = {};
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(fds.size() * sizeof(int));
    struct cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(fds.size() * sizeof(int));
    memcpy(CMSG_DATA(rights), fds.data(), fds.size() * sizeof(int));
  }
  ssize_t sent;
  do sent = ::sendmsg(fd, &header, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  if (sent < 0) return failure(errno, describe(fd), "sendmsg(%d, %zu bytes, %zu descriptors)", fd, size, fds.size());
  if (static_cast<size_t>(sent) != size)
    return failure(EIO, describe(fd), "sendmsg(%d, %zu bytes) = %zd", fd, size, sent);
  return done();
}

Result<std::optional<Message>> receive_message(int fd, int timeout_ms) {
  TSRUNC_TRY(wait_readable(fd, timeout_ms));
  Message message;
  // Not in the message: 64 KiB would be cleared, page by page, for a few bytes. One thread calls us.
  static uint8_t buffer[kMaxMessage];
  struct iovec part = {buffer, sizeof buffer};
  alignas(struct cmsghdr) char control[CMSG_SPACE(kMaxMessageFds * sizeof(int))] = {};
  struct msghdr header {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  ssize_t got;
  bool reset = false;
  for (;;) {
    got = ::recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    if (got >= 0 || (errno != EINTR && errno != ECONNRESET)) break;
    // That the peer has ended without reading all comes before what it has said last, once.
    if (errno == ECONNRESET && reset) return std::optional<Message>();
    reset = reset || errno == ECONNRESET;
  }
  if (got < 0) return failure(errno, describe(fd), "recvmsg(%d)", fd);
  collect_fds(header, message.fds);
  if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
    for (int received : message.fds) ::close(received);
    return failure(EMSGSIZE, describe(fd), "recvmsg(%d)", fd);
  }
  if (got == 0 && message.fds.empty()) return std::optional<Message>();
  message.data.assign(buffer, buffer + got);
  return std::optional<Message>(std::move(message));
}

}  // namespace tsrunc::core
