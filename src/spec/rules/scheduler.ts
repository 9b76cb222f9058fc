import type { Process } from "../config.js";
import type { Finding, Rule } from "./rule.js";

type Scheduler = NonNullable<Process["scheduler"]>;

const at = "/process/scheduler";
/** sched(7): priorities of SCHED_FIFO and SCHED_RR. */
const HIGHEST = 99;
/** kernel/sched/deadline.c, DL_SCALE: a shorter runtime is EINVAL. */
const SHORTEST = 1024;

/** What sched_setattr(2) would refuse with EINVAL and no word, and what it would leave out. Messages as runc's where it has one. */
export const scheduler: Rule = ({ process }) => {
  const wanted = process?.scheduler;
  if (wanted === undefined) return undefined;
  return policyProblem(wanted) ?? niceProblem(wanted) ?? priorityProblem(wanted) ?? deadlineProblem(wanted);
};

function policyProblem({ policy }: Scheduler): Finding | undefined {
  if (policy !== "SCHED_ISO") return undefined;
  return { at: `${at}/policy`, message: "scheduler policy SCHED_ISO is reserved, no Linux has it" };
}

function niceProblem({ policy, nice = 0 }: Scheduler): Finding | undefined {
  const shared = policy === "SCHED_OTHER" || policy === "SCHED_BATCH";
  if (shared && (nice < -20 || nice > 19)) {
    return { at: `${at}/nice`, message: `invalid scheduler.nice: ${nice} when scheduler.policy is ${policy}`, hint: "from -20 to 19" };
  }
  return undefined;
}

function priorityProblem({ policy, priority = 0 }: Scheduler): Finding | undefined {
  const fixed = policy === "SCHED_FIFO" || policy === "SCHED_RR";
  if (!fixed && priority !== 0) {
    return { at: `${at}/priority`, message: "scheduler.priority can only be specified for SchedFIFO or SchedRR policy" };
  }
  if (fixed && (priority < 1 || priority > HIGHEST)) {
    return { at: `${at}/priority`, message: `scheduler.priority must be from 1 to ${HIGHEST} for ${policy}, not ${priority}` };
  }
  return undefined;
}

function deadlineProblem({ policy, runtime = 0, deadline = 0, period = 0 }: Scheduler): Finding | undefined {
  if (policy !== "SCHED_DEADLINE") {
    if (runtime === 0 && deadline === 0 && period === 0) return undefined;
    const name = runtime !== 0 ? "runtime" : deadline !== 0 ? "deadline" : "period";
    return { at: `${at}/${name}`, message: "scheduler runtime/deadline/period can only be specified for SchedDeadline policy" };
  }
  const message = `SCHED_DEADLINE needs ${SHORTEST} <= runtime <= deadline <= period, not ${runtime}, ${deadline}, ${period}`;
  // A period of 0 is the deadline (sched(7)).
  const ordered = runtime >= SHORTEST && runtime <= deadline && (period === 0 || deadline <= period);
  return ordered ? undefined : { at, message };
}
