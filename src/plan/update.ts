// `update`: one write for each value, and how all of it is taken back when one of them fails.
import { restoringValues } from "../cgroup/restore.js";
import { type Before, effectiveFile, inUpdateOrder } from "../cgroup/update.js";
import type { CgroupWrite } from "../cgroup/writes.js";
import { lastName, step } from "./context.js";
import type { Op, Plan, Step } from "./types.js";
import { addSteps } from "./unique-id.js";

export interface UpdateInput {
  readonly id: string;
  readonly writes: readonly CgroupWrite[];
  /** What the files of `writes` say now. */
  readonly before: Before;
  /** Who asked, by the JSON pointer of a write: `/memory/limit` of the given document, `cli:--memory`. */
  readonly origin: (at: string) => string;
}

/** Steps of an update that are not writes to files of `UpdateInput`: what takes them back is known with them. */
export interface UndoableSteps {
  readonly steps: readonly Step[];
  /** What takes back all of them. */
  readonly undo: readonly Step[];
}

export function compileUpdate({ id, writes, before, origin }: UpdateInput): Plan {
  const made = inUpdateOrder(writes, before).map(({ file, value, at, tolerate, orElse }) => {
    const more = { ...(tolerate && { tolerate }), ...(orElse && { orElse: { verb: "cgroup.write", ...orElse } as const }) };
    return step("runtime", `update/${lastName(file)}`, origin(at), { verb: "cgroup.write", file, value }, more);
  });
  const steps: Step[] = [];
  addSteps(steps, made, new Map());
  return { command: "update", id, steps };
}

/** What takes `steps` back, the last one first. A file that was not there before cannot have been written. */
export function undoUpdate(steps: readonly Step[], before: Before): Step[] {
  return [...steps]
    .reverse()
    .flatMap(({ id, at, op, orElse }) =>
      [op, orElse]
        .flatMap((write) => restoring(write, before))
        .map((restore, index) => step("runtime", `undo/${id}/${index}`, at, restore)),
    );
}

function restoring(op: Op | undefined, before: Before): Op[] {
  if (op?.verb !== "cgroup.write") return [];
  const { file, value } = op;
  const text = before.get(file);
  if (text === undefined) return [];
  return restoringValues(file, value, text, before.get(effectiveFile(file))).map((old) => ({ verb: "cgroup.write", file, value: old }));
}
