// How to take back what a plan did to the host: the inverses of its steps, last effect first (survey 6.4 #46).
import { type OpRow, optable } from "./optable.js";
import { runtimeSteps } from "./project.js";
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

interface Inverse {
  readonly verb: OpName;
  readonly fields: readonly string[];
}

const inverses: ReadonlyMap<string, Inverse> = new Map(
  Object.entries<OpRow>(rows).flatMap(([verb, { undo }]): [string, Inverse][] =>
    undo === undefined ? [] : [[verb, { verb: undo as OpName, fields: Object.keys(rows[undo as OpName].fields) }]],
  ),
);

/** The undo verb of the op table with the fields that both rows have; undefined for what leaves no trace on the host. */
export function inverseOf(op: Op): Op | undefined {
  const inverse = inverses.get(op.verb);
  if (inverse === undefined) return undefined;
  const values = op as unknown as Readonly<Record<string, unknown>>;
  const undo: Record<string, unknown> = { verb: inverse.verb };
  for (const name of inverse.fields) undo[name] = values[name];
  return undo as unknown as Op;
}

/** Whether it leaves a trace on the host. */
export function isUndoable(verb: OpName): boolean {
  return inverses.has(verb);
}

export function undoList(plan: Plan): UndoEntry[] {
  const list: UndoEntry[] = [];
  // Of the others nothing is left when their process is gone.
  for (const { id, op } of runtimeSteps(plan)) {
    const inverse = inverseOf(op);
    if (inverse !== undefined) list.push({ id, op: inverse });
  }
  return list.reverse();
}
