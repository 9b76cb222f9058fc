// Signals as bytes of a pipe, for a process with threads: the handler runs on whichever thread the kernel picks.
#pragma once

#include <csignal>

#include "core/fd.h"
#include "core/types.h"

namespace tsrunc::core {

// Catches everything that can be forwarded, while it lives; one at a time in a process. Not caught: SIGKILL and
// SIGSTOP; faults of our own (SIGSEGV, SIGBUS, SIGFPE, SIGILL); SIGPIPE, which our own writes cause (ignored here,
// EPIPE tells).
class SignalPipe {
 public:
  // Signals in `ignored` (by the caller, as under nohup) stay ignored.
  static Status open(const std::vector<int>& ignored, SignalPipe& into);

  SignalPipe() = default;
  SignalPipe(const SignalPipe&) = delete;
  SignalPipe& operator=(const SignalPipe&) = delete;
  ~SignalPipe();

  int fd() const { return read_end_.get(); }
  // The next signal, 0 when there is none.
  int next();

 private:
  static constexpr int kLast = 64;
  Fd read_end_;
  Fd write_end_;
  bool caught_[kLast + 1] = {};
  struct sigaction before_[kLast + 1] = {};
};

}  // namespace tsrunc::core
