#include "core/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "core/clone.h"
#include "core/raw.h"
#include "core/weak.h"

namespace tsrunc::core {
namespace {

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
  raw_call(SYS_rt_sigprocmask, SIG_SETMASK, raw_address(&mask.bits), raw_address(old ? &old->bits : nullptr),
           sizeof mask.bits);
}

// What the child works with. It runs in our memory (CLONE_VM) on its own stack, while this thread is stopped
// (CLONE_VFORK) or goes on. So nothing here is changed or freed until the child has left our memory, and the child
// makes raw system calls only, allocates nothing, and writes nothing but what is here: its outcome in `failed` and `err`.
struct Order {
  explicit Order(const ChildRequest& from) : request(from), moved(from.fds.size() + 1, -1) {}

  // What it points to is the caller's; of a child that nobody waits for, Launch's.
  ChildRequest request;
  SignalMask ignored;
  SignalMask blocked;
  // Those that may be other than the caller had them: after clone(2) all, where clone3(2) has not reset the handlers.
  SignalMask restore;
  // A v2 cgroup that the child still has to enter.
  int cgroup = -1;
  struct rlimit64 nofile {};
  // Scratch for the descriptors while they are moved; as long as request.fds, and one for the image.
  std::vector<int> moved;
  const char* failed = nullptr;
  int err = 0;
  Stack stack;
};

int fail(Order& order, const char* what, long result) {
  order.err = static_cast<int>(-result);
  order.failed = what;
  return 127;
}

// EINVAL for SIGKILL and SIGSTOP.
void reset_signal(int signal, bool ignore) {
#if (defined(__x86_64__) && defined(__LP64__)) || defined(__aarch64__)
  // As the kernel has it (asm/signal.h).
  struct {
    void (*handler)(int);
    unsigned long flags;
    void (*restorer)();
    uint64_t mask;
  } action = {ignore ? SIG_IGN : SIG_DFL, 0, nullptr, 0};
  raw_call(SYS_rt_sigaction, signal, raw_address(&action), 0, sizeof action.mask);
#else
  struct sigaction action {};
  action.sa_handler = ignore ? SIG_IGN : SIG_DFL;
  ::sigaction(signal, &action, nullptr);
#endif
}

// No handler of Node's may run in the child, which shares our memory, and what Node ignores (SIGPIPE) would stay ignored
// over execve, while what the caller had ignored (nohup) Node has reset.
void restore_signals(const Order& order) {
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    if (order.restore.bits >> (signal - 1) & 1) reset_signal(signal, order.ignored.bits >> (signal - 1) & 1);
  }
}

// First away from the numbers that are to be filled, then to their places: any order of dup3 alone could overwrite one
// still needed. 0, or -errno.
long place_fds(Order& order) {
  const std::vector<int>& wanted = order.request.fds;
  const int count = static_cast<int>(wanted.size());
  for (int i = 0; i < count; ++i) {
    order.moved[i] = wanted[i] < 0 ? -1 : static_cast<int>(raw_call(SYS_fcntl, wanted[i], F_DUPFD_CLOEXEC, count + 1));
    if (wanted[i] >= 0 && order.moved[i] < 0) return order.moved[i];
  }
  if (order.request.image >= 0) {
    const long image = raw_call(SYS_fcntl, order.request.image, F_DUPFD_CLOEXEC, count + 1);
    if (image < 0) return image;
    const long placed = raw_call(SYS_dup3, image, count, O_CLOEXEC);
    if (placed < 0) return placed;
  }
  for (int i = 0; i < count; ++i) {
    if (order.moved[i] < 0) {
      raw_call(SYS_close, i);
    } else if (const long placed = raw_call(SYS_dup3, order.moved[i], i, 0); placed < 0) {
      return placed;
    }
  }
  return 0;
}

// Before 5.7 nobody is born in another cgroup. The cgroup is a matter of the thread group, which the child has for
// itself. 0, or -errno.
long enter_cgroup(int cgroup) {
  const long file = raw_call(SYS_openat, cgroup, raw_address("cgroup.procs"), O_WRONLY | O_CLOEXEC);
  if (file < 0) return file;
  const long written = raw_call(SYS_write, file, raw_address("0"), 1);
  raw_call(SYS_close, file);
  return written < 0 ? written : 0;
}

void close_others(unsigned first) {
  if (weakened("stray-descriptors")) return;
  if (raw_call(SYS_close_range, first, 0xffffffffL, 0) == 0) return;
  // Before 5.9. RLIMIT_NOFILE bounds the numbers in use; ours were given out from the lowest.
  struct rlimit64 limit {};
  raw_call(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, raw_address(&limit));
  const unsigned last = limit.rlim_cur < 65536 ? static_cast<unsigned>(limit.rlim_cur) : 65536;
  for (unsigned fd = first; fd < last; ++fd) raw_call(SYS_close, fd);
}

int child_main(void* argument) {
  Order& order = *static_cast<Order*>(argument);
  const ChildRequest& request = order.request;
  restore_signals(order);
  if (order.cgroup >= 0) {
    if (const long entered = enter_cgroup(order.cgroup); entered != 0)
      return fail(order, "write(\"cgroup.procs\", \"0\")", entered);
  }
  if (const long placed = place_fds(order); placed != 0)
    return fail(order, "dup3 (a descriptor for the child)", placed);
  const bool from_fd = request.image >= 0;
  close_others(static_cast<unsigned>(request.fds.size()) + (from_fd ? 1 : 0));
  if (request.own_group) {
    if (const long set = raw_call(SYS_setpgid, 0, 0); set != 0) return fail(order, "setpgid(0, 0)", set);
  }
  // After the moves: the numbers may lie above it. EPERM (hard limit raised by nobody) would be a lie about the caller:
  // ignored.
  if (request.launch && order.nofile.rlim_max != 0) {
    raw_call(SYS_prlimit64, 0, RLIMIT_NOFILE, raw_address(&order.nofile));
  }
  set_mask(order.blocked, nullptr);
  const long argv = raw_address(request.argv);
  const long envp = raw_address(request.envp);
  if (from_fd) {
    const long image = static_cast<long>(request.fds.size());
    return fail(order, "execveat", raw_call(SYS_execveat, image, raw_address(""), argv, envp, AT_EMPTY_PATH));
  }
  return fail(order, "execve", raw_call(SYS_execve, raw_address(request.path), argv, envp));
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
    const char* path = order.request.path ? order.request.path : "tsrunc-init";
    return failure(order.err, path, "%s(\"%s\")", order.failed, path);
  }
  return failure(order.err, "", "%s", order.failed);
}

// `inside`: as in CloneRequest.
Result<Child> start(Order& order, uint32_t* inside) {
  const ChildRequest& request = order.request;
  if (!order.stack.top()) return failure(ENOMEM, "", "mmap(stack)");
  if (request.launch) {
    order.restore = mask_of(request.launch->ignored);
    if (!request.default_signals) order.ignored = order.restore;
    order.blocked = mask_of(request.launch->blocked);
    order.nofile = {request.launch->nofile.soft, request.launch->nofile.hard};
  }
  // Node ignores both, the static host the first: a write is to fail instead of ending the process.
  order.restore.bits |= uint64_t{1} << (SIGPIPE - 1) | uint64_t{1} << (SIGXFSZ - 1);
  // No signal may run a handler of Node's in the child, which shares our memory.
  SignalMask all;
  all.bits = ~uint64_t{0};
  SignalMask before;
  set_mask(all, &before);
  if (!request.launch) order.blocked = before;
  CloneRequest clone{request.flags, request.cgroup, child_main, &order, inside};
  int pidfd = -1;
  long pid = clone_new(clone, order.stack, &pidfd);
  if (clone_unknown(pid)) {
    order.cgroup = request.cgroup;
    order.restore.bits = ~uint64_t{0};
    pid = clone_old(clone, order.stack, &pidfd);
    if (inside) *inside = 0;
  }
  set_mask(before, nullptr);
  if (pid < 0) {
    return failure(static_cast<int>(-pid), "", "clone3(CLONE_VM%s%s%s)", inside ? "" : "|CLONE_VFORK",
                   request.cgroup >= 0 ? "|CLONE_INTO_CGROUP" : "", namespace_names(request.flags).c_str());
  }
  return Child{static_cast<int>(pid), Fd(pidfd)};
}

Status outcome(const Order& order) {
  if (order.failed) return start_failure(order);
  return done();
}

Result<Child> reaped_if_failed(Result<Child> child, const Order& order) {
  if (!child || !order.failed) return child;
  while (::waitpid(child->pid, nullptr, __WALL) < 0 && errno == EINTR) {
  }
  return start_failure(order);
}

// Of the child that was launched last. Never destroyed: at the end of this process the child may still be at work in
// memory that both have, and that then is its own.
struct Launch {
  explicit Launch(const ChildRequest& request) : order(request) {
    for (char* const* argument = request.argv; *argument; ++argument) arguments.emplace_back(*argument);
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    argv.push_back(weak_variable());
    argv.push_back(nullptr);
    order.request.argv = argv.data();
    order.request.envp = argv.data() + arguments.size() + 1;
  }
  std::vector<std::string> arguments;
  // Behind its null pointer is the environment, which is empty.
  std::vector<char*> argv;
  Order order;
  uint32_t inside = 1;

  // futex(2): exit and execve of the child wake us, see CLONE_CHILD_CLEARTID in clone(2).
  void wait() {
    while (const uint32_t now = __atomic_load_n(&inside, __ATOMIC_ACQUIRE)) {
      raw_call(SYS_futex, raw_address(&inside), FUTEX_WAIT, now);
    }
  }
};
Launch* launched = nullptr;

// A new process is put on an idle processor, but a guest of KVM takes one that it has left idle for a while for one that the host has taken
// away (available_idle_cpu(), kernel/sched/sched.h): there the child gets ours, and waits until we do. Where we may not say where it
// runs it waits.
void start_elsewhere(pid_t pid) {
  cpu_set_t own;
  const int here = ::sched_getcpu();
  if (here < 0 || ::sched_getaffinity(0, sizeof own, &own) != 0) return;
  cpu_set_t others = own;
  CPU_CLR(static_cast<size_t>(here), &others);
  if (CPU_COUNT(&others) == 0 || ::sched_setaffinity(pid, sizeof others, &others) != 0) return;
  // It has moved: from here on it may run wherever we may.
  ::sched_setaffinity(pid, sizeof own, &own);
}

}  // namespace

Result<Child> spawn_child(const ChildRequest& request) {
  Order order(request);
  return reaped_if_failed(start(order, nullptr), order);
}

Result<Child> launch_child(const ChildRequest& request) {
  if (launched) {
    launched->wait();
    delete launched;
  }
  launched = new Launch(request);
  auto child = start(launched->order, kRawCalls ? &launched->inside : nullptr);
  if (child && request.elsewhere) start_elsewhere(child->pid);
  if (!child || !kRawCalls) launched->inside = 0;
  // Where clone3 was refused the outcome is known; else it is for launch_outcome to say.
  return launched->inside == 0 ? reaped_if_failed(std::move(child), launched->order) : std::move(child);
}

Status launch_outcome() {
  if (!launched) return done();
  launched->wait();
  return outcome(launched->order);
}

}  // namespace tsrunc::core
