#include "core/events.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <cerrno>

namespace tsrunc::core {

Result<int> make_eventfd() {
  int fd = ::eventfd(0, EFD_CLOEXEC);
  if (fd < 0) return failure(errno, "", "eventfd(0, EFD_CLOEXEC)");
  return fd;
}

Result<std::vector<int>> poll_fds(const std::vector<int>& readable, const std::vector<int>& changed, int timeout_ms) {
  std::vector<struct pollfd> fds;
  fds.reserve(readable.size() + changed.size());
  for (int fd : readable) fds.push_back({fd, POLLIN, 0});
  for (int fd : changed) fds.push_back({fd, POLLPRI, 0});
  std::vector<int> ready;
  if (::poll(fds.data(), fds.size(), timeout_ms) < 0) {
    if (errno == EINTR) return ready;
    return failure(errno, "", "poll(%zu descriptors, %d ms)", fds.size(), timeout_ms);
  }
  for (const struct pollfd& one : fds) {
    if (one.revents) ready.push_back(one.fd);
  }
  return ready;
}

}  // namespace tsrunc::core
