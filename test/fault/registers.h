// The registers of a traced process that stands at a system call, for the architectures that we know.
#pragma once

#include <elf.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

inline long trace(int request, pid_t pid, long address, long data) {
  return ptrace(static_cast<__ptrace_request>(request), pid, address, data);
}

// What the kernel does in the place of the call, and what it says of it.
inline void skip_call(pid_t pid) {
#if defined(__x86_64__)
  user_regs_struct regs{};
  if (trace(PTRACE_GETREGS, pid, 0, reinterpret_cast<long>(&regs)) != 0) return;
  regs.orig_rax = ~0UL;
  trace(PTRACE_SETREGS, pid, 0, reinterpret_cast<long>(&regs));
#elif defined(__aarch64__)
  int none = -1;
  iovec vector = {&none, sizeof none};
  trace(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, reinterpret_cast<long>(&vector));
#else
#error "no way to change a system call of this architecture"
#endif
}

inline void set_result(pid_t pid, long result) {
#if defined(__x86_64__)
  user_regs_struct regs{};
  if (trace(PTRACE_GETREGS, pid, 0, reinterpret_cast<long>(&regs)) != 0) return;
  regs.rax = static_cast<unsigned long>(result);
  trace(PTRACE_SETREGS, pid, 0, reinterpret_cast<long>(&regs));
#else
  user_regs_struct regs{};
  iovec vector = {&regs, sizeof regs};
  if (trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, reinterpret_cast<long>(&vector)) != 0) return;
  regs.regs[0] = static_cast<unsigned long>(result);
  trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, reinterpret_cast<long>(&vector));
#endif
}

// Of write(2): the third argument.
inline void halve(pid_t pid) {
#if defined(__x86_64__)
  user_regs_struct regs{};
  if (trace(PTRACE_GETREGS, pid, 0, reinterpret_cast<long>(&regs)) != 0) return;
  regs.rdx /= 2;
  trace(PTRACE_SETREGS, pid, 0, reinterpret_cast<long>(&regs));
#else
  user_regs_struct regs{};
  iovec vector = {&regs, sizeof regs};
  if (trace(PTRACE_GETREGSET, pid, NT_PRSTATUS, reinterpret_cast<long>(&vector)) != 0) return;
  regs.regs[2] /= 2;
  trace(PTRACE_SETREGSET, pid, NT_PRSTATUS, reinterpret_cast<long>(&vector));
#endif
}
