// System calls of a child that shares our memory while we go on (CLONE_VM without CLONE_VFORK): they touch nothing of
// libc's, and errno least of all, which is in memory of the thread that goes on.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

namespace tsrunc::core {

#if (defined(__x86_64__) && defined(__LP64__)) || defined(__aarch64__)
// What makes the child with a stack of its own (clone3_call) is written for these; others wait for it, as for vfork(2).
constexpr bool kRawCalls = true;
#else
constexpr bool kRawCalls = false;
#endif

// The result, or -errno.
inline long raw_call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
#if defined(__x86_64__) && defined(__LP64__)
  long result = number;
  register long fourth asm("r10") = d;
  register long fifth asm("r8") = e;
  asm volatile("syscall" : "+a"(result) : "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long result asm("x0") = a;
  register long second asm("x1") = b;
  register long third asm("x2") = c;
  register long fourth asm("x3") = d;
  register long fifth asm("x4") = e;
  register long call asm("x8") = number;
  asm volatile("svc #0" : "+r"(result) : "r"(second), "r"(third), "r"(fourth), "r"(fifth), "r"(call) : "memory");
  return result;
#else
  long result = ::syscall(number, a, b, c, d, e);
  return result < 0 ? -errno : result;
#endif
}

inline long raw_address(const void* pointer) { return reinterpret_cast<long>(pointer); }

}  // namespace tsrunc::core
