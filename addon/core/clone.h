// clone3(2) and clone(2) of a child in our memory, on a stack of its own.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tsrunc::core {

// A stack with a guard page below it.
class Stack {
 public:
  Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  ~Stack();
  void* bottom() const { return base_; }
  // Null: no memory.
  void* top() const;

 private:
  void* base_;
};

struct CloneRequest {
  // CLONE_NEW* bits.
  uint32_t namespaces = 0;
  // Open directory of the v2 cgroup that the child is born in, or -1.
  int cgroup = -1;
  int (*function)(void*) = nullptr;
  void* argument = nullptr;
  // Nonzero; the kernel makes it 0 when the child has left our memory, by execve or by its end, and wakes who waits with
  // futex(2) (CLONE_CHILD_CLEARTID). Null: this thread is stopped till then (CLONE_VFORK).
  uint32_t* inside = nullptr;
};

// By clone3, which resets the signal handlers (5.5) and puts the child into the cgroup (5.7). The child's pid, or -errno.
long clone_new(const CloneRequest& request, const Stack& stack, int* pidfd);

// Not known to this kernel, or to the seccomp profile of the sandbox around us, which answers EPERM.
bool clone_unknown(long result);

// By clone(2), always as vfork: it resets no handlers, and leaves the cgroup to the child.
long clone_old(const CloneRequest& request, const Stack& stack, int* pidfd);

}  // namespace tsrunc::core
