#include "init/child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/fd.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

using core::Fd;

struct Pipe {
  Fd read;
  Fd write;
};

Status make_pipe(Pipe& pipe) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(errno, "", {"pipe2(O_CLOEXEC)"});
  pipe.read.reset(ends[0]);
  pipe.write.reset(ends[1]);
  return done();
}

struct Pipes {
  Pipe input, out, err, exec;
};

int64_t now_ms() {
  timespec time = {};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * 1000 + time.tv_nsec / 1000000;
}

[[noreturn]] void become(const ProgramRequest& request, Pipes& pipes) {
  setpgid(0, 0);
  umask(request.umask);
  bool there = request.directory < 0 || fchdir(request.directory) == 0;
  // The ends are above 2 unless one of 0-2 was closed: moved away first, so that none overwrites another.
  int input = fcntl(pipes.input.read.get(), F_DUPFD_CLOEXEC, 16);
  int out = fcntl(pipes.out.write.get(), F_DUPFD_CLOEXEC, 16);
  int err = fcntl(pipes.err.write.get(), F_DUPFD_CLOEXEC, 16);
  int report = fcntl(pipes.exec.write.get(), F_DUPFD_CLOEXEC, 16);
  if (there && dup3(input, 0, 0) >= 0 && dup3(out, 1, 0) >= 0 && dup3(err, 2, 0) >= 0 && cloexec_from(3)) {
    default_signals();
    execve(request.path, const_cast<char* const*>(request.argv), const_cast<char* const*>(request.envp));
  }
  int failed = errno;
  (void)!write(report, &failed, sizeof failed);
  _exit(127);
}

// Reads what is there into `to`; beyond its room it is thrown away. False at the end.
bool drain(Fd& from, char* to, size_t room, size_t& used) {
  char rest[4096];
  bool store = used < room;
  ssize_t n = read(from.get(), store ? to + used : rest, store ? room - used : sizeof rest);
  if (n < 0) return errno == EAGAIN || errno == EINTR;
  if (n == 0) return false;
  if (store) used += static_cast<size_t>(n);
  return true;
}

class Conversation {
 public:
  Conversation(const ProgramRequest& request, ProgramResult& result, Pipes& pipes, pid_t pid)
      : request_(request),
        result_(result),
        pipes_(pipes),
        pid_(pid),
        end_(now_ms() + static_cast<int64_t>(request.timeout_ms)) {}

  Status hold() {
    for (Fd* fd : {&pipes_.input.write, &pipes_.out.read, &pipes_.err.read}) {
      if (fcntl(fd->get(), F_SETFL, O_NONBLOCK) != 0) return fail(errno, "", {"fcntl(F_SETFL, O_NONBLOCK)"});
    }
    int pause = 1;
    while (!ended()) {
      if (request_.timeout_ms != 0 && !result_.timed_out && now_ms() >= end_) {
        result_.timed_out = true;
        kill(-pid_, SIGKILL);
        kill(pid_, SIGKILL);
      }
      exchange(pause);
      // Its end shows at the latest when the pause is over; most hooks end by closing their output, which wakes us at
      // once.
      if (pause < 20) pause++;
    }
    // What it wrote before its end is in the pipes.
    exchange(0);
    result_.out[out_] = 0;
    result_.err[err_] = 0;
    return done();
  }

 private:
  bool ended() { return waitpid(pid_, &result_.wait_status, WNOHANG) != 0; }

  void exchange(int timeout) {
    pollfd polls[3] = {
        {pipes_.input.write.get(), POLLOUT, 0}, {pipes_.out.read.get(), POLLIN, 0}, {pipes_.err.read.get(), POLLIN, 0}};
    if (poll(polls, 3, timeout) <= 0) return;
    if (polls[0].revents != 0) give();
    if (polls[1].revents != 0) take(pipes_.out.read, result_.out, out_);
    if (polls[2].revents != 0) take(pipes_.err.read, result_.err, err_);
  }

  void give() {
    ssize_t n = write(pipes_.input.write.get(), request_.input + given_, request_.input_size - given_);
    if (n > 0) given_ += static_cast<size_t>(n);
    // EPIPE: it does not want to read, which is its right.
    if (given_ == request_.input_size || (n < 0 && errno != EAGAIN && errno != EINTR)) pipes_.input.write.reset();
  }

  void take(Fd& from, char (&to)[8192], size_t& used) {
    // A writer that never stops must not keep us from looking at the time.
    for (int i = 0; i < 64; i++) {
      size_t before = used;
      if (!drain(from, to, sizeof to - 1, used)) return from.reset();
      if (used == before) return;
    }
  }

  const ProgramRequest& request_;
  ProgramResult& result_;
  Pipes& pipes_;
  pid_t pid_;
  int64_t end_;
  size_t given_ = 0;
  size_t out_ = 0;
  size_t err_ = 0;
};

}  // namespace

Status run_program(const ProgramRequest& request, ProgramResult& result) {
  Pipes pipes;
  TSRUNC_TRY(make_pipe(pipes.input));
  TSRUNC_TRY(make_pipe(pipes.out));
  TSRUNC_TRY(make_pipe(pipes.err));
  TSRUNC_TRY(make_pipe(pipes.exec));
  pid_t pid = fork();
  if (pid < 0) return fail(errno, request.path, {"fork()"});
  if (pid == 0) become(request, pipes);
  pipes.input.read.reset();
  pipes.out.write.reset();
  pipes.err.write.reset();
  pipes.exec.write.reset();
  ssize_t n;
  do {
    n = read(pipes.exec.read.get(), &result.exec_err, sizeof result.exec_err);
  } while (n < 0 && errno == EINTR);
  if (n != sizeof result.exec_err) result.exec_err = 0;
  return Conversation(request, result, pipes, pid).hold();
}

}  // namespace tsrunc::init
