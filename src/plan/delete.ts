// `delete`: what create did to the host is taken back, last effect first, then the poststop hooks (survey 3.12).
import { step } from "./context.js";
import { hookSteps } from "./hooks.js";
import type { UndoJournal } from "./journal.js";
import type { SavedContainer } from "./start.js";
import type { Plan } from "./types.js";

/** Killing what still runs is the caller's business, and its right: only `--force` asks for it. */
export function compileDelete(state: SavedContainer, journal: UndoJournal): Plan {
  const { id, bundle } = state;
  const { hooks, annotations } = state.summary;
  const undo = journal.undo.map((entry) => step("runtime", `undo/${entry.id}`, "default:undo", entry.op));
  const poststop = hookSteps({ id, bundle, status: "stopped", hooks, annotations }, "poststop", "runtime");
  return { command: "delete", id, steps: [...undo, ...poststop] };
}
