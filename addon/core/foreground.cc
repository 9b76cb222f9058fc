#include "core/foreground.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <optional>

#include "core/notify.h"
#include "core/process.h"
#include "core/signals.h"
#include "core/stream.h"
#include "core/tty.h"

namespace tsrunc::core {
namespace {

// How often we look again for what no event tells: that a terminal master whose other side was closed has been opened
// again, and that we are in the foreground again.
constexpr int kLookAgainMs = 100;

// End of file for a program that reads lines from a terminal: the VEOF character (^D).
constexpr char kEndOfInput = '\x04';

class Foreground {
 public:
  explicit Foreground(const ForegroundRequest& request)
      : request_(request),
        master_(request.master),
        input_end_(request.input),
        output_end_(request.output),
        error_end_(request.error_output),
        terminal_(request.master >= 0 ? RawTerminal::find() : -1),
        stdin_terminal_(::isatty(STDIN_FILENO) == 1),
        input_(to_container() >= 0 ? STDIN_FILENO : -1, to_container()),
        output_(request.master >= 0 ? request.master : request.output, STDOUT_FILENO),
        error_output_(request.error_output, STDERR_FILENO) {}

  Result<WaitStatus> run() {
    // Ours alone: the container's ends are other open files. The stdio that we inherited is left as it is.
    for (int fd : {request_.master, request_.input, request_.output, request_.error_output}) {
      if (fd >= 0) ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    }
    TSRUNC_TRY(catch_signals(request_.ignored));
    if (master_) {
      copy_window_size(terminal_.fd(), master_.get());
      terminal_.enter();
    }
    // It may have ended before SIGCHLD was ours.
    reap();
    // Those that came while somebody else waited.
    handle_signals();
    while (!ended_) TSRUNC_TRY(turn());
    output_.drain();
    error_output_.drain();
    terminal_.restore();
    ended_->lost = output_.lost() ? output_.lost() : error_output_.lost();
    return *ended_;
  }

 private:
  int to_container() const { return request_.master >= 0 ? request_.master : request_.input; }

  Status turn() {
    const bool read_input = input_.open() && may_read_input();
    struct pollfd fds[] = {{caught_signals.fd(), POLLIN, 0},
                           {request_.pidfd, POLLIN, 0},
                           read_input ? input_.wanted() : pollfd{-1, 0, 0},
                           master_asleep_ ? pollfd{-1, 0, 0} : output_.wanted(),
                           error_output_.wanted(),
                           {request_.notify, POLLIN, 0}};
    const bool look_again = master_asleep_ || (input_.open() && !read_input);
    if (::poll(fds, 6, look_again ? kLookAgainMs : -1) < 0) {
      if (errno == EINTR) return done();
      return failure(errno, "", "poll(foreground)");
    }
    master_asleep_ = false;
    if (fds[0].revents) handle_signals();
    if (fds[1].revents) {
      reap();
      if (!ended_) TSRUNC_TRY(wait_for_end((fds[1].revents & POLLIN) != 0));
    }
    if (fds[2].revents && !input_.advance()) end_input();
    if (fds[3].revents && !output_.advance()) end_output();
    if (fds[4].revents && !error_output_.advance()) error_end_.reset();
    if (fds[5].revents) relay_notification(request_.notify, request_.notify_host);
    return done();
  }

  // From a terminal only while we are in the foreground: else the kernel would stop us (SIGTTIN), and the input is the
  // shell's.
  bool may_read_input() const { return !stdin_terminal_ || ::tcgetpgrp(STDIN_FILENO) == ::getpgrp(); }

  void end_input() {
    if (!master_) return input_end_.reset();
    [[maybe_unused]] ssize_t n = ::write(master_.get(), &kEndOfInput, 1);
  }

  void end_output() {
    if (!master_) return output_end_.reset();
    // EIO: nobody has the container's terminal open now; its init may open it again. When it is our reader who went
    // away, the next write says so again, and meanwhile the container's output is dropped rather than left to block it.
    output_.reopen();
    master_asleep_ = true;
  }

  void handle_signals() {
    while (int signal = caught_signals.next()) {
      switch (signal) {
        case SIGCHLD:
          reap();
          break;
        case SIGWINCH:
          if (master_) copy_window_size(terminal_.fd(), master_.get());
          break;
        case SIGURG:
        case SIGTTIN:
        case SIGTTOU:
        case SIGPIPE:
          break;
        case SIGCONT:
          terminal_.forget();
          if (master_) terminal_.enter();
          forward(signal);
          break;
        default:
          forward(signal);
      }
    }
  }

  void forward(int signal) const { ::syscall(SYS_pidfd_send_signal, request_.pidfd, signal, nullptr, 0); }

  // Dead, says its pidfd, but nothing to reap: a tracer (strace -f) has it until it has looked at the end itself, which
  // it may do at any moment from here on; so what waitpid returns is its end. ECHILD: it was never ours to wait for.
  Status wait_for_end(bool dead) {
    auto status = wait_process(request_.pid, dead);
    if (!status) return status.failure();
    ended_ = *status;
    return done();
  }

  // Everything: we are the subreaper of what the container leaves behind.
  void reap() {
    int status = 0;
    for (;;) {
      pid_t pid = ::waitpid(-1, &status, WNOHANG | __WALL);
      if (pid < 0 && errno == EINTR) continue;
      if (pid <= 0) break;
      if (pid == request_.pid) ended_ = wait_status(pid, status);
    }
  }

  const ForegroundRequest& request_;
  Fd master_;
  Fd input_end_;
  Fd output_end_;
  Fd error_end_;
  RawTerminal terminal_;
  const bool stdin_terminal_;
  Stream input_;
  Stream output_;
  Stream error_output_;
  bool master_asleep_ = false;
  std::optional<WaitStatus> ended_;
};

}  // namespace

Status catch_signals(const std::vector<int>& ignored) {
  return caught_signals.fd() >= 0 ? done() : SignalPipe::open(ignored, caught_signals);
}

Status prepare_terminal(int master) {
  clear_onlcr(master);
  copy_window_size(RawTerminal::find(), master);
  return done();
}

Result<WaitStatus> run_foreground(const ForegroundRequest& request) {
  Foreground foreground(request);
  return foreground.run();
}

}  // namespace tsrunc::core
