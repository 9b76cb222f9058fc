// What the steps of a plan share: descriptors, and what a later verb needs of an earlier one. One for the stage, handed
// on to init by clone.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "core/fd.h"
#include "init/status.h"
#include "wire/protocol.h"
#include "wire/types.h"

namespace tsrunc::init {

using core::Fd;

inline constexpr uint32_t kSlots = 64;
// START puts the connection to the seccomp agent there (LISTENER_SLOT of src/plan/passes/seccomp.ts).
inline constexpr uint32_t kListenerSlot = kSlots - 2;
inline constexpr size_t kPathSize = 4096;

struct StepTimes;

enum class Actor : uint8_t { stage = 1, init = 2 };

struct Context {
  Actor who = Actor::stage;
  // The control socket, until gate.wait.
  Fd control;
  // The connection of `start`, from gate.wait on.
  Fd gate;
  Fd slots[kSlots];
  // Index in the plan of the step that is carried out, for FAIL.
  uint32_t step = wire::kBeforePlan;
  uint32_t preserve_fds = 0;
  // umask of the runtime's caller, as PLAN brought it: for hooks, and for the program when the plan has no
  // process.umask. Set-up itself runs with 0, so that modes are what the plan says.
  uint32_t umask = 0;
  // init's pid in the runtime's pid namespace, once GO has told it.
  pid_t host_pid = 0;
  // ns.unshare made a user namespace whose id maps the runtime writes at the next turn.
  bool own_user_namespace = false;

  // Set by rootfs.enter: all cpaths are resolved beneath it. Stays valid over pivot_root and chroot, and is then the
  // same as "/".
  Fd rootfs;
  // After rootfs.pivot, rootfs.move or rootfs.chroot: "/" is the container's.
  bool inside = false;
  // The container's /dev/null, proven to be char 1:3.
  Fd dev_null;
  // The read-only tmpfs that masks directories, once made.
  Fd mask_dir;

  // process.umask has run.
  bool umask_set = false;
  // process.cwd was refused by permissions: identity.set does it again as the user.
  bool cwd_pending = false;
  char cwd[kPathSize] = {};
  // ready_for_exec() has closed descriptors and restored signals.
  bool ready = false;
  // The connection to the seccomp agent, which ready_for_exec() must leave open.
  Fd agent;
  // seccomp.load has begun: nothing but the steps that are left is sure to be allowed.
  bool filtered = false;
  // tsrunc --trace (init/times.h); null without.
  StepTimes* times = nullptr;
  size_t times_room = 0;

  // What process.lookup found; empty before.
  char program[kPathSize] = {};
  // "HOME=..." to add to the environment; empty when it has one.
  char home[kPathSize] = {};
  // Room for the environment with it: `env_room` pointers, all null.
  const char** env = nullptr;
  size_t env_room = 0;

  // The descriptor in `slot`, for the length of the step; -1 when nothing was ever put there.
  int slot(wire::Slot slot) const { return slot.index < kSlots ? slots[slot.index].get() : -1; }
};

}  // namespace tsrunc::init
