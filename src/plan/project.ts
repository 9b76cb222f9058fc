// Who works when: derived from the order of the steps and nothing else. The conductor walks the segments; the turn bits of the encoded
// plan come from the same function, so that both sides always agree.
import type { Plan, Step } from "./types.js";

export interface RuntimeSegment {
  readonly who: "runtime";
  readonly first: number;
  readonly steps: readonly Step[];
}

export interface ChildSegment {
  readonly who: "child";
  readonly first: number;
  readonly steps: readonly Step[];
  /** Index in the plan of its last step. */
  readonly last: number;
  /** After `last` the child says TURN (CLONED when it is process.clone) and waits for GO. Not after the program runs. */
  readonly turn: boolean;
  /** The runtime does all that comes next beside these steps, and sends GO before it has heard TURN. */
  readonly ahead: boolean;
}

export type Segment = RuntimeSegment | ChildSegment;

/** Asked for by both who encodes a plan and who conducts it. */
const projected = new WeakMap<Plan, readonly Segment[]>();

/** The plan cut into runs of steps that one side carries out on its own. */
export function project(plan: Plan): readonly Segment[] {
  const known = projected.get(plan);
  if (known !== undefined) return known;
  const segments = cut(plan.steps);
  projected.set(plan, segments);
  return segments;
}

/** The steps that the runtime carries out, in their order. */
export function runtimeSteps(plan: Plan): readonly Step[] {
  return project(plan).flatMap(({ who, steps }) => (who === "runtime" ? steps : []));
}

function cut(all: readonly Step[]): readonly Segment[] {
  const segments: Segment[] = [];
  for (let first = 0; first < all.length;) {
    const end = endOf(all, first);
    const steps = all.slice(first, end);
    if (steps[0]?.who === "runtime") segments.push({ who: "runtime", first, steps });
    else {
      const turn = handsOver(all, end);
      segments.push({ who: "child", first, steps, last: end - 1, turn, ahead: turn && runsBeside(all, end) });
    }
    first = end;
  }
  return segments;
}

/** Behind what one side carries out from `first` on without waiting for the other. */
function endOf(all: readonly Step[], first: number): number {
  let step = all[first] as Step;
  const runtime = step.who === "runtime";
  let end = first + 1;
  // Stage and init share one control socket.
  for (; end < all.length && step.op.verb !== "process.clone"; end++) {
    step = all[end] as Step;
    // The runtime's command ends before the gate.
    if ((step.who === "runtime") !== runtime || step.op.verb === "gate.wait") break;
  }
  return end;
}

/** Whether the child hands over before the step `next`. */
function handsOver(all: readonly Step[], next: number): boolean {
  const verb = all[next - 1]?.op.verb;
  // Behind criu.exec nobody is there who could hand over: its steps are words with CRIU.
  return verb !== "criu.exec" && (next < all.length || verb === "process.clone");
}

/** Whether all that the runtime does from the step `first` on is beside the child's steps before it. */
function runsBeside(all: readonly Step[], first: number): boolean {
  let next = first;
  while (all[next]?.beside) next++;
  return next > first && all[next]?.who === "init";
}
