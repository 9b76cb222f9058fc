// sched.set, sched.io, memory.policy, process.personality
#include <linux/sched/types.h>
#include <sys/personality.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init/ops/ops.h"
#include "init/sys.h"

namespace tsrunc::init {
namespace {

// IOPRIO_WHO_PGRP and IOPRIO_CLASS_SHIFT: exported by the kernel since 5.15 alone.
constexpr int kWhoProcessGroup = 2;
constexpr unsigned kClassShift = 13;

}  // namespace

Status run(Context&, const op::SchedSet& op) {
  sched_attr attributes = {};
  // As of 3.14, without the utilisation clamps that config.json has no values for: a kernel takes any size it knows.
  attributes.size = SCHED_ATTR_SIZE_VER0;
  attributes.sched_policy = op.policy;
  attributes.sched_flags = op.flags;
  attributes.sched_nice = op.nice;
  attributes.sched_priority = op.priority;
  attributes.sched_runtime = op.runtime;
  attributes.sched_deadline = op.deadline;
  attributes.sched_period = op.period;
  if (syscall(SYS_sched_setattr, 0, &attributes, 0U) == 0) return done();
  return fail(errno, "",
              {"sched_setattr(0, policy ", op.policy, ", flags ", Hex{op.flags}, ", nice ", op.nice, ", priority ",
               op.priority, ", runtime ", op.runtime, ", deadline ", op.deadline, ", period ", op.period, ")"});
}

Status run(Context&, const op::SchedIo& op) {
  if (syscall(SYS_ioprio_set, kWhoProcessGroup, 0, op.priority_class << kClassShift | op.level) == 0) return done();
  return fail(errno, "", {"ioprio_set(IOPRIO_WHO_PGRP, 0, class ", op.priority_class, ", level ", op.level, ")"});
}

Status run(Context&, const op::MemoryPolicy& op) {
  // The kernel leaves the last of `maxnode` bits out (mm/mempolicy.c, get_nodes).
  unsigned long bits = op.nodes.size() * 64UL + 1;
  if (syscall(SYS_set_mempolicy, op.mode, op.nodes.empty() ? nullptr : op.nodes.data(), bits) == 0) return done();
  return fail(errno, "", {"set_mempolicy(", Hex{op.mode}, ", ", op.nodes.size() * 64, " nodes)"});
}

Status run(Context&, const op::ProcessPersonality& op) {
  if (personality(op.persona) >= 0) return done();
  return fail(errno, "", {"personality(", Hex{op.persona}, ")"});
}

}  // namespace tsrunc::init
