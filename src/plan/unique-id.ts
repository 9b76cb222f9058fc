import type { Step } from "./types.js";

/**
 * Appends `made` to `steps`. Ids are slugs of what was asked for; where two come out alike (a mount listed twice, a file written twice) the later ones get a
 * number. `used`: the last number that each id was given: ten thousand device rules are steps of one id.
 */
export function addSteps(steps: Step[], made: readonly Step[], used: Map<string, number>): void {
  // A plain loop, and the usual case without a call: the cost of every create, in an interpreter.
  for (let i = 0; i < made.length; i++) {
    const step = made[i] as Step;
    if (used.has(step.id)) steps[steps.length] = numbered(step, used);
    else {
      used.set(step.id, 1);
      steps[steps.length] = step;
    }
  }
}

function numbered(step: Step, used: Map<string, number>): Step {
  let number = used.get(step.id) ?? 0;
  let id: string;
  do id = `${step.id}/${(number += 1)}`;
  while (used.has(id));
  used.set(step.id, number);
  used.set(id, 1);
  return { ...step, id };
}
