#include "core/clone.h"

#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <cerrno>
#include <csignal>

#include "core/raw.h"

namespace tsrunc::core {
namespace {

constexpr size_t kStackSize = size_t{64} * 1024;
// Since 5.5 and 5.7; beyond the 32 bits that clone(2) has.
constexpr uint64_t kClearSighand = 0x100000000ULL;
constexpr uint64_t kIntoCgroup = 0x200000000ULL;

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

}  // namespace

Stack::Stack()
    : base_(::mmap(nullptr, kStackSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
  if (base_ != MAP_FAILED) ::mprotect(base_, 4096, PROT_NONE);
}

Stack::~Stack() {
  if (base_ != MAP_FAILED) ::munmap(base_, kStackSize);
}

void* Stack::top() const { return base_ == MAP_FAILED ? nullptr : static_cast<char*>(base_) + kStackSize; }

bool clone_unknown(long result) {
  return result == -ENOSYS || result == -EPERM || result == -E2BIG || result == -EINVAL;
}

// The kernel writes through `pidfd`. NOLINTNEXTLINE(readability-non-const-parameter)
long clone_new(const CloneRequest& request, const Stack& stack, int* pidfd) {
  CloneArguments arguments = {};
  arguments.flags = CLONE_VM | CLONE_PIDFD | kClearSighand | request.namespaces;
  arguments.pidfd = reinterpret_cast<uintptr_t>(pidfd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<uintptr_t>(stack.bottom());
  arguments.stack_size = kStackSize;
  if (request.inside != nullptr) {
    arguments.flags |= CLONE_CHILD_CLEARTID;
    arguments.child_tid = reinterpret_cast<uintptr_t>(request.inside);
  } else {
    arguments.flags |= CLONE_VFORK;
  }
  if (request.cgroup >= 0) {
    arguments.flags |= kIntoCgroup;
    arguments.cgroup = static_cast<uint64_t>(request.cgroup);
  }
  return clone3_call(arguments, request.cgroup >= 0 ? sizeof arguments : kFirstVersion, request.function,
                     request.argument);
}

long clone_old(const CloneRequest& request, const Stack& stack, int* pidfd) {
  *pidfd = -1;
  // The low byte is the exit signal's: there is no CLONE_NEWTIME here.
  const auto flags = static_cast<int>(CLONE_VM | CLONE_VFORK | CLONE_PIDFD | request.namespaces | SIGCHLD);
  const long pid = ::clone(request.function, stack.top(), flags, request.argument, pidfd);
  return pid >= 0 ? pid : -errno;
}

}  // namespace tsrunc::core
