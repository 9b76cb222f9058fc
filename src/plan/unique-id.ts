import type { Step } from "./types.js";

/**
 * Ids are slugs of what was asked for; where two come out alike (a mount listed twice, a file written twice) the later ones get a number.
 * `used`: the last number that each id was given: ten thousand device rules are steps of one id.
 */
export function uniqueId(step: Step, used: Map<string, number>): Step {
  let { id } = step;
  let number = used.get(id) ?? 0;
  while (used.has(id)) id = `${step.id}/${(number += 1)}`;
  if (id === step.id) {
    used.set(id, 1);
    return step;
  }
  used.set(step.id, number);
  used.set(id, 1);
  return { ...step, id };
}
