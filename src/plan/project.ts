// Who works when: derived from the order of the steps and nothing else. The conductor walks the segments; the turn bits of the encoded
// plan come from the same function, so that both sides always agree.
import type { Plan, Step } from "./types.js";

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

/**
 * Whether the child hands over after `step`, which is one of its own: to the runtime's steps that follow; after process.clone, because stage
 * and init share one control socket; before gate.wait, because the runtime's command ends there.
 */
function handsOver({ op: { verb } }: Step, next: Step | undefined): boolean {
  // Behind criu.exec nobody is there who could hand over: its steps are words with CRIU.
  if (verb === "criu.exec") return false;
  return verb === "process.clone" || (next !== undefined && (next.who === "runtime" || next.op.verb === "gate.wait"));
}

/** The plan cut into runs of steps that one side carries out on its own. */
export function project(plan: Plan): Segment[] {
  const segments: Segment[] = [];
  let first = 0;
  const { steps: all } = plan;
  for (let index = 0; index < all.length; index++) {
    const step = all[index] as Step;
    const next = all[index + 1];
    const runtime = step.who === "runtime";
    const turn = !runtime && handsOver(step, next);
    if (next !== undefined && (next.who === "runtime") === runtime && !turn) continue;
    const steps = all.slice(first, index + 1);
    segments.push(runtime ? { who: "runtime", first, steps } : { who: "child", first, steps, last: index, turn });
    first = index + 1;
  }
  return segments;
}
