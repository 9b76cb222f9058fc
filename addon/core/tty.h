// The terminal that `run` was called from.
#pragma once

#include <termios.h>

namespace tsrunc::core {

// Raw while it lives, as it was afterwards, on every way out. Does nothing for -1 or while we are in the background:
// changing the terminal there would stop us (SIGTTOU) or spoil it for whoever is in the foreground.
class RawTerminal {
 public:
  // The first of 0-2 that is a terminal, else none.
  static int find();

  explicit RawTerminal(int fd) : fd_(fd) {}
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;
  ~RawTerminal() { restore(); }

  int fd() const { return fd_; }
  bool in_foreground() const;
  // Makes it raw if it is not yet and may be; again after SIGCONT.
  void enter();
  // After we were stopped: whoever had the terminal meanwhile left it as he liked.
  void forget() { raw_ = false; }
  void restore();

 private:
  int fd_;
  bool raw_ = false;
  bool saved_valid_ = false;
  struct termios saved_ {};
};

// TIOCGWINSZ of one on the other; failures do not matter.
void copy_window_size(int from, int to);

// The line discipline of the container's terminal does not turn "\n" into "\r\n": ours does, on the way to the screen
// (as runc does).
void clear_onlcr(int master);

}  // namespace tsrunc::core
