// Who works when: derived from the order of the steps and nothing else. The conductor walks the segments; the turn bits of the encoded
// plan come from the same function, so that both sides always agree.
import type { OpName, Plan, Step } from "./types.js";

export type Segment =
  | { readonly who: "runtime"; readonly first: number; readonly steps: readonly Step[] }
  | {
      readonly who: "child";
      readonly first: number;
      readonly steps: readonly Step[];
      /** Index in the plan of its last step. */
      readonly last: number;
      /** After `last` the child says TURN (CLONED when it is process.clone) and waits for GO. Not after the program runs. */
      readonly turn: boolean;
    };

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

function cut(all: readonly Step[]): readonly Segment[] {
  const segments: Segment[] = [];
  let first = 0;
  let step = all[0];
  for (let index = 0; step !== undefined; index++) {
    const next = all[index + 1];
    const runtime = step.who === "runtime";
    const turn = !runtime && handsOver(step.op.verb, next);
    if (next === undefined || turn || (next.who === "runtime") !== runtime) {
      const steps = all.slice(first, index + 1);
      segments.push(runtime ? { who: "runtime", first, steps } : { who: "child", first, steps, last: index, turn });
      first = index + 1;
    }
    step = next;
  }
  return segments;
}

/**
 * Whether the child hands over between a step of its own and `next`: to the runtime's steps; after process.clone, because stage and init share one control
 * socket; before gate.wait, because the runtime's command ends there.
 */
function handsOver(verb: OpName, next: Step | undefined): boolean {
  // Behind criu.exec nobody is there who could hand over: its steps are words with CRIU.
  if (verb === "criu.exec") return false;
  return verb === "process.clone" || (next !== undefined && (next.who === "runtime" || next.op.verb === "gate.wait"));
}
