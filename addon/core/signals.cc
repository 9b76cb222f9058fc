#include "core/signals.h"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>

#include "core/sockets.h"

namespace tsrunc::core {
namespace {

volatile int handler_fd = -1;

extern "C" void on_signal(int signal) {
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(signal);
  // Full: 64 KiB of signals are on their way already.
  [[maybe_unused]] ssize_t n = ::write(handler_fd, &byte, 1);
  errno = saved;
}

bool catchable(int signal) {
  switch (signal) {
    case SIGKILL:
    case SIGSTOP:
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
      return false;
    default:
      return true;
  }
}

}  // namespace

Status SignalPipe::open(const std::vector<int>& ignored, SignalPipe& into) {
  auto ends = make_pipe();
  if (!ends) return ends.failure();
  into.read_end_.reset((*ends)[0]);
  into.write_end_.reset((*ends)[1]);
  for (int end : *ends) {
    if (::fcntl(end, F_SETFL, O_NONBLOCK) != 0) return failure(errno, "pipe", "fcntl(%d, F_SETFL, O_NONBLOCK)", end);
  }
  handler_fd = into.write_end_.get();
  for (int signal = 1; signal <= kLast; ++signal) {
    if (!catchable(signal)) continue;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    ::sigfillset(&action.sa_mask);
    for (int wanted : ignored) {
      // SIGCHLD is ours to know, whatever the caller thought of it: ignored, the container's end would be lost.
      if (wanted == signal && signal != SIGCHLD) action.sa_handler = SIG_IGN;
    }
    if (signal == SIGPIPE) action.sa_handler = SIG_IGN;
    // EINVAL for the two that glibc keeps for itself.
    into.caught_[signal] = ::sigaction(signal, &action, &into.before_[signal]) == 0;
  }
  return done();
}

SignalPipe::~SignalPipe() {
  for (int signal = 1; signal <= kLast; ++signal) {
    if (caught_[signal]) ::sigaction(signal, &before_[signal], nullptr);
  }
  handler_fd = -1;
}

int SignalPipe::next() {
  if (later_.empty()) return read_one();
  const int signal = static_cast<unsigned char>(later_.front());
  later_.erase(0, 1);
  return signal;
}

int SignalPipe::take_ending() {
  while (int signal = read_one()) {
    if (signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM) return signal;
    later_.push_back(static_cast<char>(signal));
  }
  return 0;
}

int SignalPipe::read_one() {
  unsigned char byte = 0;
  ssize_t n;
  do n = ::read(read_end_.get(), &byte, 1);
  while (n < 0 && errno == EINTR);
  return n == 1 ? byte : 0;
}

SignalPipe caught_signals;

SysFailure interruption(int signal) {
  const char* name = signal == SIGHUP ? "HUP" : signal == SIGINT ? "INT" : signal == SIGQUIT ? "QUIT" : "TERM";
  return failure(EINTR, "", "interrupted by SIG%s", name);
}

}  // namespace tsrunc::core
