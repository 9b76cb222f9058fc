// How to take back what a plan did to the host: the inverses of its steps, last effect first (survey 6.4 #46).
import { type OpRow, optable } from "./optable.js";
import type { Op, OpName, Plan } from "./types.js";

export interface UndoEntry {
  /** Id of the step that is taken back. */
  readonly id: string;
  readonly op: Op;
}

/** As it is saved: see store/state.ts. */
export interface UndoJournal {
  readonly version: 1;
  readonly id: string;
  readonly undo: readonly UndoEntry[];
}

const rows: Readonly<Record<OpName, OpRow>> = optable;

/** The undo verb of the op table with the fields that both rows have; undefined for what leaves no trace on the host. */
export function inverseOf(op: Op): Op | undefined {
  const undo = rows[op.verb].undo as OpName | undefined;
  if (undo === undefined) return undefined;
  const values = op as unknown as Readonly<Record<string, unknown>>;
  const fields = Object.keys(rows[undo].fields).map((name) => [name, values[name]] as const);
  return { verb: undo, ...Object.fromEntries(fields) } as Op;
}

export function undoList(plan: Plan): UndoEntry[] {
  return plan.steps
    .flatMap(({ id, op }) => {
      const inverse = inverseOf(op);
      return inverse === undefined ? [] : [{ id, op: inverse }];
    })
    .reverse();
}
