#include "core/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace tsrunc::core {
namespace {

constexpr size_t kStackSize = 64 * 1024;
constexpr int kLastSignal = 64;

// All the signals there are, glibc's two included: its sigset functions leave those out.
struct SignalMask {
  uint64_t bits = 0;
};

SignalMask mask_of(const std::vector<int>& signals) {
  SignalMask mask;
  for (int signal : signals) {
    if (signal >= 1 && signal <= kLastSignal) mask.bits |= uint64_t{1} << (signal - 1);
  }
  return mask;
}

void set_mask(const SignalMask& mask, SignalMask* old) {
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask.bits, old ? &old->bits : nullptr, sizeof mask.bits);
}

// What the child works with. It runs in our memory (CLONE_VM) on its own stack while this thread is stopped
// (CLONE_VFORK): it calls only async-signal-safe functions, allocates nothing, and leaves its outcome in `failed` and
// `err`.
struct Order {
  const ChildRequest* request = nullptr;
  SignalMask ignored;
  SignalMask blocked;
  struct rlimit64 nofile {};
  // Scratch for the descriptors while they are moved; as long as request->fds, and one for the image.
  std::vector<int> moved;
  const char* failed = nullptr;
  int err = 0;
};

int fail(Order& order, const char* what) {
  order.err = errno;
  order.failed = what;
  return 127;
}

// A handler of Node's means nothing after execve, but what Node ignores (SIGPIPE) stays ignored, and what the caller
// had ignored (nohup) Node has reset.
void restore_signals(const Order& order) {
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    struct sigaction action {};
    action.sa_handler = order.ignored.bits >> (signal - 1) & 1 ? SIG_IGN : SIG_DFL;
    // EINVAL for SIGKILL, SIGSTOP and glibc's own.
    ::sigaction(signal, &action, nullptr);
  }
}

// First away from the numbers that are to be filled, then to their places: any order of dup2 alone could overwrite one
// still needed.
bool place_fds(Order& order) {
  const std::vector<int>& wanted = order.request->fds;
  const int count = static_cast<int>(wanted.size());
  for (int i = 0; i < count; ++i) {
    order.moved[i] = wanted[i] < 0 ? -1 : ::fcntl(wanted[i], F_DUPFD_CLOEXEC, count + 1);
    if (wanted[i] >= 0 && order.moved[i] < 0) return false;
  }
  if (order.request->image >= 0) {
    order.moved[count] = ::fcntl(order.request->image, F_DUPFD_CLOEXEC, count + 1);
    if (order.moved[count] < 0 || ::dup3(order.moved[count], count, O_CLOEXEC) < 0) return false;
  }
  for (int i = 0; i < count; ++i) {
    if (order.moved[i] < 0) {
      ::close(i);
    } else if (::dup2(order.moved[i], i) < 0) {
      return false;
    }
  }
  return true;
}

void close_others(unsigned first) {
  if (::syscall(SYS_close_range, first, ~0u, 0) == 0) return;
  // Before 5.9. RLIMIT_NOFILE bounds the numbers in use; ours were given out from the lowest.
  struct rlimit64 limit {};
  ::getrlimit64(RLIMIT_NOFILE, &limit);
  const unsigned last = limit.rlim_cur < 65536 ? static_cast<unsigned>(limit.rlim_cur) : 65536;
  for (unsigned fd = first; fd < last; ++fd) ::close(static_cast<int>(fd));
}

int child_main(void* argument) {
  Order& order = *static_cast<Order*>(argument);
  const ChildRequest& request = *order.request;
  restore_signals(order);
  if (!place_fds(order)) return fail(order, "dup2 (a descriptor for the child)");
  const bool from_fd = request.image >= 0;
  close_others(static_cast<unsigned>(request.fds.size()) + (from_fd ? 1 : 0));
  if (request.own_group && ::setpgid(0, 0) != 0) return fail(order, "setpgid(0, 0)");
  // After the moves: the numbers may lie above it. EPERM (hard limit raised by nobody) would be a lie about the caller:
  // ignored.
  if (request.launch && order.nofile.rlim_max != 0) ::setrlimit64(RLIMIT_NOFILE, &order.nofile);
  set_mask(order.blocked, nullptr);
  if (from_fd) {
    ::syscall(SYS_execveat, static_cast<int>(request.fds.size()), "", request.argv, request.envp, AT_EMPTY_PATH);
    return fail(order, "execveat");
  }
  ::execve(request.path, request.argv, request.envp);
  return fail(order, "execve");
}

// A stack of the child's own, with a guard page below it.
class Stack {
 public:
  Stack() : base_(::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (base_ != MAP_FAILED) ::mprotect(base_, 4096, PROT_NONE);
  }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack() {
    if (base_ != MAP_FAILED) ::munmap(base_, kStackSize);
  }
  void* top() const { return base_ == MAP_FAILED ? nullptr : static_cast<char*>(base_) + kStackSize; }

 private:
  void* base_;
};

SysFailure start_failure(const Order& order) {
  if (strncmp(order.failed, "execve", 6) == 0) {
    const char* path = order.request->path ? order.request->path : "tsrunc-init";
    return failure(order.err, path, "%s(\"%s\")", order.failed, path);
  }
  return failure(order.err, "", "%s", order.failed);
}

}  // namespace

Result<Child> spawn_child(const ChildRequest& request) {
  Order order;
  order.request = &request;
  order.moved.resize(request.fds.size() + 1, -1);
  SignalMask all;
  all.bits = ~uint64_t{0};
  SignalMask before;
  Stack stack;
  if (!stack.top()) return failure(ENOMEM, "", "mmap(stack)");
  if (request.launch) {
    order.ignored = mask_of(request.launch->ignored);
    order.blocked = mask_of(request.launch->blocked);
    order.nofile = {request.launch->nofile.soft, request.launch->nofile.hard};
  }
  // No signal may run a handler of Node's in the child, which shares our memory.
  set_mask(all, &before);
  if (!request.launch) order.blocked = before;
  int pidfd = -1;
  int pid = ::clone(child_main, stack.top(), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &order, &pidfd);
  int err = errno;
  set_mask(before, nullptr);
  if (pid < 0) return failure(err, "", "clone(CLONE_VM|CLONE_VFORK|CLONE_PIDFD)");
  Child child{pid, Fd(pidfd)};
  if (order.failed) {
    while (::waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
    return start_failure(order);
  }
  return child;
}

}  // namespace tsrunc::core
