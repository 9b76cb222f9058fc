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

const ofRuntime = (step: Step): boolean => step.who === "runtime";

/**
 * Whether the child hands over after step `index`: to the runtime's steps that follow; after process.clone, because stage and init share one
 * control socket; before gate.wait, because the runtime's command ends there.
 */
export function turnAfter(plan: Plan, index: number): boolean {
  const step = plan.steps[index];
  const next = plan.steps[index + 1];
  // Behind criu.exec nobody is there who could hand over: its steps are words with CRIU.
  if (step === undefined || ofRuntime(step) || step.op.verb === "criu.exec") return false;
  return step.op.verb === "process.clone" || (next !== undefined && (ofRuntime(next) || next.op.verb === "gate.wait"));
}

/** The plan cut into runs of steps that one side carries out on its own. */
export function project(plan: Plan): Segment[] {
  const segments: Segment[] = [];
  let first = 0;
  const { steps: all } = plan;
  for (let index = 0; index < all.length; index++) {
    const runtime = ofRuntime(all[index] as Step);
    const next = all[index + 1];
    const turn = !runtime && turnAfter(plan, index);
    if (next !== undefined && ofRuntime(next) === runtime && !turn) continue;
    const steps = all.slice(first, index + 1);
    segments.push(runtime ? { who: "runtime", first, steps } : { who: "child", first, steps, last: index, turn });
    first = index + 1;
  }
  return segments;
}
