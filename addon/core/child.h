// clone and exec out of a process with threads: the one way in which the runtime makes processes.
#pragma once

#include "core/fd.h"
#include "core/types.h"

namespace tsrunc::core {

struct ChildRequest {
  // What to execute: the descriptor if it is one (execveat), else the absolute path.
  int image = -1;
  const char* path = nullptr;
  // Ended by a null pointer each.
  char* const* argv = nullptr;
  char* const* envp = nullptr;
  // Descriptor i of the child is fds[i]; -1: closed. Nothing else stays open.
  std::vector<int> fds;
  bool own_group = false;
  // Launched, it begins on another processor than ours where there is one. Its mask is then a choice of somebody's, which
  // later cgroups respect (Linux 6.2): for who sets it himself.
  bool elsewhere = false;
  // CLONE_NEW* bits, and the open directory of the v2 cgroup that the child is born in (-1: ours).
  uint32_t flags = 0;
  int cgroup = -1;
  // Limits and signals as the runtime's caller had them; Node changes them and they survive execve.
  const LaunchRecord* launch = nullptr;
  // But all signals at their default, also those that the caller ignores.
  bool default_signals = false;
};

struct Child {
  int pid = 0;
  Fd pidfd;
};

// Returns once the child has called execve; when that or anything before it failed, with that failure (the child is
// reaped).
Result<Child> spawn_child(const ChildRequest& request);

// Returns as soon as there is a child, which gets to execve beside us (docs/adr/0009-one-clone.md); where the kernel has
// no clone3, as spawn_child. The environment is empty; of the request nothing is needed any more.
Result<Child> launch_child(const ChildRequest& request);

// Waits until the child that was launched last has called execve or has ended, and says what kept it from the former.
Status launch_outcome();

}  // namespace tsrunc::core
