#include "core/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <stddef.h>
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
// Since 5.5 and 5.7; beyond the 32 bits that clone(2) has.
constexpr uint64_t kClearSighand = 0x100000000ULL;
constexpr uint64_t kIntoCgroup = 0x200000000ULL;

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
  // Those that may be other than the caller had them: after clone(2) all, where clone3(2) has not reset the handlers.
  SignalMask restore;
  // A v2 cgroup that the child still has to enter.
  int cgroup = -1;
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

// No handler of Node's may run in the child, which shares our memory, and what Node ignores (SIGPIPE) would stay ignored
// over execve, while what the caller had ignored (nohup) Node has reset.
void restore_signals(const Order& order) {
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    if (!(order.restore.bits >> (signal - 1) & 1)) continue;
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

// Before 5.7 nobody is born in another cgroup. The cgroup is a matter of the thread group, which the child has for itself.
bool enter_cgroup(int cgroup) {
  int file = ::openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
  if (file < 0) return false;
  bool entered = ::write(file, "0", 1) == 1;
  const int err = errno;
  ::close(file);
  errno = err;
  return entered;
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
  if (order.cgroup >= 0 && !enter_cgroup(order.cgroup)) return fail(order, "write(\"cgroup.procs\", \"0\")");
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
  void* bottom() const { return base_; }
  void* top() const { return base_ == MAP_FAILED ? nullptr : static_cast<char*>(base_) + kStackSize; }

 private:
  void* base_;
};

// As the kernel has it (linux/sched.h), up to the cgroup.
struct CloneArguments {
  uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};
constexpr size_t kFirstVersion = offsetof(CloneArguments, set_tid);

// clone3(2) whose child calls `function` on the stack given and ends with what it returns: libc has no wrapper, and a
// child on a stack of its own can not return from a function. -errno; ENOSYS for a machine that nobody wrote this for.
long clone3_call([[maybe_unused]] CloneArguments& arguments, [[maybe_unused]] size_t size,
                 [[maybe_unused]] int (*function)(void*), [[maybe_unused]] void* argument) {
#if defined(__x86_64__) && defined(__LP64__)
  long result = SYS_clone3;
  register int (*entry)(void*) asm("r12") = function;
  register void* order asm("r13") = argument;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r13, %%rdi\n\t"
      "call *%%r12\n\t"
      "mov %%eax, %%edi\n\t"
      "mov %[exit], %%eax\n\t"
      "syscall\n"
      "1:"
      : "+a"(result)
      : "D"(&arguments), "S"(size), "r"(entry), "r"(order), [exit] "i"(SYS_exit)
      : "rcx", "r11", "cc", "memory");
  return result;
#elif defined(__aarch64__)
  register long result asm("x0") = reinterpret_cast<long>(&arguments);
  register size_t length asm("x1") = size;
  register long number asm("x8") = SYS_clone3;
  register int (*entry)(void*) asm("x19") = function;
  register void* order asm("x20") = argument;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x20\n\t"
      "blr x19\n\t"
      "mov x8, %[exit]\n\t"
      "svc #0\n"
      "1:"
      : "+r"(result)
      : "r"(length), "r"(number), "r"(entry), "r"(order), [exit] "i"(SYS_exit)
      : "cc", "memory");
  return result;
#else
  return -ENOSYS;
#endif
}

// Not known to this kernel, or to the seccomp profile of the sandbox around us, which answers EPERM.
bool unknown(long result) { return result == -ENOSYS || result == -EPERM || result == -E2BIG || result == -EINVAL; }

// The child's pid, or -errno. CLONE_VM with CLONE_VFORK as vfork(2): nothing is copied, and this thread goes on once the
// child has called execve.
long clone_child(Order& order, const Stack& stack, int* pidfd) {
  constexpr uint64_t kFlags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD;
  const ChildRequest& request = *order.request;
  CloneArguments arguments = {};
  arguments.flags = kFlags | kClearSighand | request.flags;
  arguments.pidfd = reinterpret_cast<uintptr_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<uintptr_t>(stack.bottom());
  arguments.stack_size = kStackSize;
  if (request.cgroup >= 0) {
    arguments.flags |= kIntoCgroup;
    arguments.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  long pid = clone3_call(arguments, request.cgroup >= 0 ? sizeof arguments : kFirstVersion, child_main, &order);
  if (pid >= 0 || !unknown(pid)) return pid;
  order.cgroup = request.cgroup;
  order.restore.bits = ~uint64_t{0};
  *pidfd = -1;
  // The low byte is the exit signal's: there is no CLONE_NEWTIME here.
  pid = ::clone(child_main, stack.top(), static_cast<int>(kFlags | request.flags | SIGCHLD), &order, pidfd);
  return pid >= 0 ? pid : -errno;
}

// "CLONE_NEWNS|CLONE_NEWPID"
std::string namespace_names(uint32_t flags) {
  static constexpr struct {
    uint32_t bit;
    const char* name;
  } kNames[] = {{CLONE_NEWPID, "CLONE_NEWPID"},
                {CLONE_NEWNS, "CLONE_NEWNS"},
                {CLONE_NEWNET, "CLONE_NEWNET"},
                {CLONE_NEWIPC, "CLONE_NEWIPC"},
                {CLONE_NEWUTS, "CLONE_NEWUTS"}};
  std::string names;
  for (const auto& one : kNames) {
    if (flags & one.bit) names += std::string("|") + one.name;
  }
  return names;
}

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
    order.restore = mask_of(request.launch->ignored);
    if (!request.default_signals) order.ignored = order.restore;
    order.blocked = mask_of(request.launch->blocked);
    order.nofile = {request.launch->nofile.soft, request.launch->nofile.hard};
  }
  // Node ignores both, the static host the first: a write is to fail instead of ending the process.
  order.restore.bits |= uint64_t{1} << (SIGPIPE - 1) | uint64_t{1} << (SIGXFSZ - 1);
  // No signal may run a handler of Node's in the child, which shares our memory.
  set_mask(all, &before);
  if (!request.launch) order.blocked = before;
  int pidfd = -1;
  const long pid = clone_child(order, stack, &pidfd);
  set_mask(before, nullptr);
  if (pid < 0) {
    return failure(static_cast<int>(-pid), "", "clone3(CLONE_VM|CLONE_VFORK%s%s)",
                   request.cgroup >= 0 ? "|CLONE_INTO_CGROUP" : "", namespace_names(request.flags).c_str());
  }
  Child child{static_cast<int>(pid), Fd(pidfd)};
  if (order.failed) {
    while (::waitpid(pid, nullptr, __WALL) < 0 && errno == EINTR) {
    }
    return start_failure(order);
  }
  return child;
}

}  // namespace tsrunc::core
