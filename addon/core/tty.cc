#include "core/tty.h"

#include <sys/ioctl.h>
#include <unistd.h>
#include <csignal>

namespace tsrunc::core {
namespace {

// tcsetattr from the background raises SIGTTOU, unless it is blocked.
class NoSigttou {
 public:
  NoSigttou() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &set, &before_);
  }
  NoSigttou(const NoSigttou&) = delete;
  NoSigttou& operator=(const NoSigttou&) = delete;
  ~NoSigttou() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace

int RawTerminal::find() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::isatty(fd)) return fd;
  }
  return -1;
}

bool RawTerminal::in_foreground() const { return fd_ >= 0 && ::tcgetpgrp(fd_) == ::getpgrp(); }

void RawTerminal::enter() {
  if (raw_ || !in_foreground()) return;
  if (!saved_valid_ && ::tcgetattr(fd_, &saved_) != 0) return;
  saved_valid_ = true;
  struct termios raw = saved_;
  ::cfmakeraw(&raw);
  // Ours alone turns "\n" into "\r\n" (clear_onlcr); messages of ours look right too.
  raw.c_oflag |= saved_.c_oflag & (OPOST | ONLCR);
  NoSigttou guard;
  raw_ = ::tcsetattr(fd_, TCSANOW, &raw) == 0;
}

void RawTerminal::restore() {
  if (!raw_) return;
  NoSigttou guard;
  // DRAIN: what the container wrote last is shown under the settings that it was written for.
  ::tcsetattr(fd_, TCSADRAIN, &saved_);
  raw_ = false;
}

void copy_window_size(int from, int to) {
  struct winsize size {};
  if (from >= 0 && ::ioctl(from, TIOCGWINSZ, &size) == 0) ::ioctl(to, TIOCSWINSZ, &size);
}

void clear_onlcr(int master) {
  struct termios settings {};
  if (::tcgetattr(master, &settings) != 0) return;
  settings.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  ::tcsetattr(master, TCSANOW, &settings);
}

}  // namespace tsrunc::core
