import { test } from "node:test";
import type { Process } from "../../../../src/spec/config.js";
import { scheduler } from "../../../../src/spec/rules/scheduler.js";
import { passes, refuses } from "./support.js";

type Scheduler = NonNullable<Process["scheduler"]>;
const set = (value: Scheduler) => (c: { process: Process }) => void Object.assign(c.process, { scheduler: value });

test("what sched_setattr(2) would refuse without a word", () => {
  const cases: [Scheduler, string, string][] = [
    [{ policy: "SCHED_OTHER", nice: 20 }, "nice", "invalid scheduler.nice: 20 when scheduler.policy is SCHED_OTHER"],
    [{ policy: "SCHED_BATCH", nice: -21 }, "nice", "invalid scheduler.nice: -21 when scheduler.policy is SCHED_BATCH"],
    [{ policy: "SCHED_IDLE", priority: 1 }, "priority", "scheduler.priority can only be specified for SchedFIFO or SchedRR policy"],
    [{ policy: "SCHED_FIFO" }, "priority", "scheduler.priority must be from 1 to 99 for SCHED_FIFO, not 0"],
    [{ policy: "SCHED_RR", priority: 100 }, "priority", "scheduler.priority must be from 1 to 99 for SCHED_RR, not 100"],
    [{ policy: "SCHED_ISO" }, "policy", "scheduler policy SCHED_ISO is reserved, no Linux has it"],
  ];
  for (const [value, name, message] of cases) refuses(scheduler, set(value), `/process/scheduler/${name}`, message);
  for (const name of ["runtime", "deadline", "period"] as const) {
    const message = "scheduler runtime/deadline/period can only be specified for SchedDeadline policy";
    refuses(scheduler, set({ policy: "SCHED_OTHER", [name]: 1 }), `/process/scheduler/${name}`, message);
  }
  const deadlines: [Partial<Scheduler>, string][] = [
    [{}, "0, 0, 0"],
    [{ runtime: 1000, deadline: 2000 }, "1000, 2000, 0"],
    [{ runtime: 3000, deadline: 2000 }, "3000, 2000, 0"],
    [{ runtime: 2000, deadline: 3000, period: 2500 }, "2000, 3000, 2500"],
  ];
  for (const [value, numbers] of deadlines) {
    const message = `SCHED_DEADLINE needs 1024 <= runtime <= deadline <= period, not ${numbers}`;
    refuses(scheduler, set({ policy: "SCHED_DEADLINE", ...value }), "/process/scheduler", message);
  }
});

test("what it takes", () => {
  passes(scheduler);
  passes(scheduler, set({ policy: "SCHED_OTHER", nice: -20, priority: 0, runtime: 0, flags: [] }));
  passes(scheduler, set({ policy: "SCHED_RR", priority: 99, flags: ["SCHED_FLAG_RESET_ON_FORK"] }));
  passes(scheduler, set({ policy: "SCHED_DEADLINE", runtime: 1024, deadline: 1024 }));
});
