// Signals as bytes of a pipe, for a process with threads: the handler runs on whichever thread the kernel picks.
#pragma once

#include <csignal>
#include <string>

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

  // -1: nothing is caught.
  int fd() const { return read_end_.get(); }
  // The next signal, 0 when there is none.
  int next();
  // For whoever waits for something else than signals: takes the first that asks us to end (SIGHUP, SIGINT, SIGQUIT,
  // SIGTERM) and leaves the others to next(), while fd() is as if they had been read. 0: none.
  int take_ending();

 private:
  static constexpr int kLast = 64;
  // Returns 0 when there is nothing to read.
  int read_one();
  Fd read_end_;
  Fd write_end_;
  // Read from the pipe by take_ending, in order.
  std::string later_;
  bool caught_[kLast + 1] = {};
  struct sigaction before_[kLast + 1] = {};
};

// One per process, as handlers are. What is caught ends what waits (receive_message, run_hook) or is forwarded by
// run_foreground.
extern SignalPipe caught_signals;

// EINTR: `interrupted by SIGTERM`.
SysFailure interruption(int signal);

}  // namespace tsrunc::core
