// One direction of a container's stdio: bytes from one descriptor to another, without ever blocking and without
// touching the flags of a descriptor that others share with us.
#pragma once

#include <poll.h>

#include <cstddef>

namespace tsrunc::core {

class Stream {
 public:
  // -1 for `from`: nothing to copy.
  Stream(int from, int to) : from_(from), to_(to), open_(from >= 0) {}
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() { delete[] buffer_; }

  // Still copying: more may come, or some is to be written yet.
  bool open() const { return open_; }
  int to() const { return to_; }
  // What to poll for: `to` while there is something to write, else `from`.
  struct pollfd wanted() const;
  // After poll said that it is ready. False when the stream has just come to its end (end of file, or nobody reads any
  // more).
  bool advance();
  // A terminal master that was at its end may give more; what could not be written is dropped.
  void reopen() {
    open_ = true;
    begin_ = end_ = 0;
  }
  // For the end: all that can be read now is written, waiting for `to` where it must. Nothing new is waited for.
  void drain();
  // Why a byte could not be written, 0: all were, or the reader has gone, which is its right (EPIPE).
  int lost() const { return lost_; }

 private:
  enum class Got { kSome, kNothing, kEnd };
  Got read_more();
  // False: the reader is gone.
  bool write_some();

  // A pipe that poll calls writable takes this much without blocking (PIPE_BUF).
  static constexpr size_t kAtOnce = 4096;
  int from_;
  int to_;
  bool open_;
  size_t begin_ = 0;
  size_t end_ = 0;
  // Only once there is something to copy: on the stack, every page of it would be touched.
  static constexpr size_t kSize = size_t{32} * 1024;
  char* buffer_ = nullptr;
  int lost_ = 0;
};

}  // namespace tsrunc::core
