// When and where the program runs: CPU time, I/O, memory nodes, execution domain. While init still has the host root's capabilities
// (real-time policies need CAP_SYS_NICE), and inside its cgroups: a cpuset says which memory nodes there are.
import { type Pass, step } from "../context.js";
import { listMask } from "../cpus.js";
import { ioPriorityClasses, memoryPolicyFlags, memoryPolicyModes, personalities, schedulingFlags, schedulingPolicies } from "../linux.js";

export const scheduler: Pass = ({ process: { scheduler: wanted } }) => {
  if (wanted === undefined) return [];
  const { policy, nice = 0, priority = 0, runtime = 0, deadline = 0, period = 0 } = wanted;
  const flags = (wanted.flags ?? []).reduce((bits, name) => bits | (1 << schedulingFlags.indexOf(name)), 0);
  const op = { verb: "sched.set", policy: schedulingPolicies.indexOf(policy), flags, nice, priority, runtime, deadline, period } as const;
  return [step("init", "scheduler", "/process/scheduler", op)];
};

/** Without a priority the highest of its class, as runc has it. */
export const ioPriority: Pass = ({ process: { ioPriority: wanted } }) => {
  if (wanted === undefined) return [];
  const op = { verb: "sched.io", priorityClass: ioPriorityClasses.indexOf(wanted.class), level: wanted.priority ?? 0 } as const;
  return [step("init", "io-priority", "/process/ioPriority", op)];
};

export const personality: Pass = ({ linux: { personality: wanted } }) => {
  if (wanted?.domain === undefined) return [];
  return [step("init", "personality", "/linux/personality", { verb: "process.personality", persona: personalities[wanted.domain] })];
};

export const memoryPolicy: Pass = ({ linux: { memoryPolicy: wanted } }) => {
  if (wanted?.mode === undefined) return [];
  const flags = (wanted.flags ?? []).reduce((bits, name) => bits | memoryPolicyFlags[name], 0);
  const nodes = (wanted.nodes ?? "") === "" ? [] : listMask(wanted.nodes ?? "", "node", "/linux/memoryPolicy/nodes");
  return [
    step("init", "memory-policy", "/linux/memoryPolicy", {
      verb: "memory.policy",
      mode: memoryPolicyModes.indexOf(wanted.mode) | flags,
      nodes,
    }),
  ];
};
