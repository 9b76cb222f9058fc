#include "core/hook.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "core/child.h"
#include "core/process.h"
#include "core/signals.h"
#include "core/sockets.h"
#include "core/weak.h"

namespace tsrunc::core {
namespace {

constexpr size_t kMaxOutput = size_t{64} * 1024;
// ps(1) on a machine with a hundred thousand processes.
constexpr size_t kMaxHelperOutput = size_t{64} * 1024 * 1024;
constexpr double kHelperTimeoutMs = 60'000;

// The host may not ignore SIGPIPE as Node does. Held back in this thread, and taken if it came, so that it kills
// nobody.
class NoSigpipe {
 public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;
  ~NoSigpipe() {
    if (sigismember(&before_, SIGPIPE) == 1) return;
    const struct timespec none = {0, 0};
    while (::sigtimedwait(&pipe_, nullptr, &none) < 0 && errno == EINTR) {
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_;
  sigset_t before_;
};

struct Pipes {
  Fd input;
  Fd output;
  Fd error_output;
};

class Conversation {
 public:
  Conversation(const HookRequest& request, Child child, Pipes pipes, size_t most)
      : request_(request), child_(std::move(child)), pipes_(std::move(pipes)), most_(most) {}

  Result<HookResult> run() {
    const uint64_t begin = *monotonic_ns();
    for (;;) {
      int wait = -1;
      if (request_.timeout_ms > 0 && !result_.timed_out) {
        const double gone = static_cast<double>(*monotonic_ns() - begin) / 1e6;
        if (gone >= request_.timeout_ms) {
          result_.timed_out = true;
          kill_group();
        } else {
          wait = static_cast<int>(std::min(request_.timeout_ms - gone + 1, 1e9));
        }
      }
      TSRUNC_TRY(turn(wait));
      if (ended_) return finish();
    }
  }

 private:
  // The group, so that a shell's children go too; the process itself as well, in case it made a group of its own.
  void kill_group() {
    ::kill(-child_.pid, SIGKILL);
    ::syscall(SYS_pidfd_send_signal, child_.pidfd.get(), SIGKILL, nullptr, 0);
  }

  Status turn(int wait) {
    struct pollfd fds[] = {{child_.pidfd.get(), POLLIN, 0},
                           {pipes_.input.get(), POLLOUT, 0},
                           {pipes_.output.get(), POLLIN, 0},
                           {pipes_.error_output.get(), POLLIN, 0},
                           {caught_signals.fd(), POLLIN, 0}};
    if (::poll(fds, 5, wait) < 0) {
      if (errno == EINTR) return done();
      return failure(errno, request_.path, "poll(hook)");
    }
    if (fds[1].revents) feed();
    if (fds[2].revents) drain(pipes_.output, result_.output);
    if (fds[3].revents) drain(pipes_.error_output, result_.error_output);
    ended_ = fds[0].revents != 0;
    if (int signal = fds[4].revents && !ended_ ? caught_signals.take_ending() : 0) {
      kill_group();
      TSRUNC_TRY(wait_process(child_.pid, true));
      return interruption(signal);
    }
    return done();
  }

  void feed() {
    while (fed_ < request_.input.size()) {
      ssize_t n = ::write(pipes_.input.get(), request_.input.data() + fed_, request_.input.size() - fed_);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) break;
      fed_ += static_cast<size_t>(n);
    }
    pipes_.input.reset();
  }

  // Until there is nothing right now, or until end of file, where the pipe is closed. A few reads a turn, so that the
  // clock is looked at however much comes; at the end all there is, within the bound.
  void drain(Fd& pipe, std::string& into) {
    char chunk[8192];
    for (int reads = 0; pipe && (ended_ || reads < 8); ++reads) {
      ssize_t n = ::read(pipe.get(), chunk, sizeof chunk);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) return pipe.reset();
      into.append(chunk, std::min(static_cast<size_t>(n), most_ - into.size()));
      // A grandchild that never stops writing must not keep us here.
      if (ended_ && into.size() == most_) return pipe.reset();
    }
  }

  Result<HookResult> finish() {
    drain(pipes_.output, result_.output);
    drain(pipes_.error_output, result_.error_output);
    auto status = wait_process(child_.pid, true);
    if (!status) return status.failure();
    result_.exit_code = (*status)->exit_code;
    result_.signal = (*status)->signal;
    return std::move(result_);
  }

  const HookRequest& request_;
  Child child_;
  Pipes pipes_;
  HookResult result_;
  const size_t most_;
  size_t fed_ = 0;
  bool ended_ = false;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  result.reserve(strings.size() + 1);
  for (const std::string& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

Status nonblocking(const Fd& fd) {
  if (::fcntl(fd.get(), F_SETFL, O_NONBLOCK) == 0) return done();
  return failure(errno, "pipe", "fcntl(%d, F_SETFL, O_NONBLOCK)", fd.get());
}

// `image`: what to execute in the place of the path, -1 without.
Result<HookResult> run(const HookRequest& request, const LaunchRecord* launch, int image) {
  std::vector<std::string> args = request.args;
  if (args.empty()) args.push_back(request.path);
  const std::vector<char*> argv = pointers(args);
  const std::vector<char*> envp = pointers(request.env);
  Fd child_ends[3];
  Pipes pipes;
  Fd* our_ends[3] = {&pipes.input, &pipes.output, &pipes.error_output};
  for (int i = 0; i < 3; ++i) {
    auto ends = make_pipe();
    if (!ends) return ends.failure();
    child_ends[i].reset((*ends)[i == 0 ? 0 : 1]);
    our_ends[i]->reset((*ends)[i == 0 ? 1 : 0]);
    TSRUNC_TRY(nonblocking(*our_ends[i]));
  }
  ChildRequest child;
  child.image = image;
  child.path = request.path.c_str();
  child.argv = argv.data();
  child.envp = envp.data();
  child.fds = {child_ends[0].get(), child_ends[1].get(), child_ends[2].get()};
  child.own_group = true;
  child.launch = launch;
  auto started = spawn_child(child);
  if (!started) return started.failure();
  for (Fd& end : child_ends) end.reset();
  NoSigpipe guard;
  return Conversation(request, std::move(*started), std::move(pipes),
                      launch && !weakened("hook-output") ? kMaxOutput : kMaxHelperOutput)
      .run();
}

}  // namespace

Result<HookResult> run_hook(const HookRequest& request) { return run(request, &request.launch, -1); }

Result<HookResult> run_helper(const std::string& path, const std::vector<std::string>& args) {
  if (path.empty() || path[0] != '/') return failure(EINVAL, path, "run \"%s\": not an absolute path", path.c_str());
  HookRequest request;
  request.path = path;
  request.args = args;
  request.timeout_ms = kHelperTimeoutMs;
  return run(request, nullptr, -1);
}

Result<HookResult> run_image(int image, const std::string& name, const std::string& input, double timeout_ms) {
  HookRequest request;
  request.path = name;
  request.input = input;
  request.timeout_ms = timeout_ms;
  return run(request, nullptr, image);
}

}  // namespace tsrunc::core
