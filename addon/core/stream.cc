#include "core/stream.h"

#include <unistd.h>
#include <cerrno>

namespace tsrunc::core {

struct pollfd Stream::wanted() const {
  if (!open_) return {-1, 0, 0};
  if (begin_ < end_) return {to_, POLLOUT, 0};
  return {from_, POLLIN, 0};
}

Stream::Got Stream::read_more() {
  if (!buffer_) buffer_ = new char[kSize];
  ssize_t n = ::read(from_, buffer_, kSize);
  if (n > 0) {
    begin_ = 0;
    end_ = static_cast<size_t>(n);
    return Got::kSome;
  }
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return Got::kNothing;
  // EIO: a terminal master whose other side nobody has open.
  return Got::kEnd;
}

bool Stream::write_some() {
  const size_t count = end_ - begin_ < kAtOnce ? end_ - begin_ : kAtOnce;
  ssize_t n = ::write(to_, buffer_ + begin_, count);
  if (n >= 0) begin_ += static_cast<size_t>(n);
  if (n >= 0 || errno == EINTR || errno == EAGAIN) return true;
  if (errno != EPIPE && !lost_) lost_ = errno;
  return false;
}

bool Stream::advance() {
  if (begin_ < end_) {
    open_ = write_some();
  } else {
    open_ = read_more() != Got::kEnd;
  }
  return open_;
}

void Stream::drain() {
  while (open_) {
    while (open_ && begin_ < end_) {
      struct pollfd ready = {to_, POLLOUT, 0};
      if (::poll(&ready, 1, -1) >= 0 || errno == EINTR) open_ = write_some();
    }
    if (!open_) return;
    // A blocking descriptor must not hold us up: poll first.
    struct pollfd ready = {from_, POLLIN, 0};
    int count;
    do count = ::poll(&ready, 1, 0);
    while (count < 0 && errno == EINTR);
    if (count < 0) lost_ = errno;
    if (count <= 0 || read_more() != Got::kSome) return;
  }
}

}  // namespace tsrunc::core
