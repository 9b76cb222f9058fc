// The undo list of a plan, made from the op table: inverses of all steps that have one, last effect first.
import { type OpRow, optable } from "../plan/optable.js";
import type { Op, OpName, Plan, Step } from "../plan/types.js";
import type { Journal } from "../store/state.js";

const rows: Readonly<Record<OpName, OpRow>> = optable;

/** The op that takes this one's effect back: the undo verb with the fields that both rows have. */
export function inverseOf(op: Op): Op | undefined {
  const undo = rows[op.verb].undo;
  if (undo === undefined) return undefined;
  const values = op as unknown as Readonly<Record<string, unknown>>;
  const fields = Object.keys(rows[undo as OpName].fields).map((name) => [name, values[name]]);
  return { verb: undo, ...Object.fromEntries(fields) } as Op;
}

export function undoList(steps: readonly Step[]): Journal["undo"] {
  const undo: { id: string; op: Op }[] = [];
  for (const step of steps) {
    const op = inverseOf(step.op);
    if (op !== undefined) undo.unshift({ id: step.id, op });
  }
  return undo;
}

export function journalOf(plan: Plan): Journal {
  return { version: 1, id: plan.id, undo: undoList(plan.steps) };
}
