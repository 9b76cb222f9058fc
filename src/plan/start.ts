// `start`: the gate, then the poststart hooks. All it needs is in state.json: the bundle may be gone.
import type { Config } from "../spec/config.js";
import { step } from "./context.js";
import { hookSteps } from "./hooks.js";
import type { Plan } from "./types.js";

/** What of a created container was saved. */
export interface SavedContainer {
  readonly id: string;
  readonly bundle: string;
  /** config.json, as it was when the container was made. */
  readonly config: unknown;
}

export function compileStart(state: SavedContainer): Plan {
  const { id, bundle } = state;
  const { hooks, annotations } = state.config as Config;
  const gate = step("runtime", "gate/open", "default:gate", { verb: "gate.open" });
  const poststart = hookSteps({ id, bundle, status: "running", hooks, annotations }, "poststart", "runtime");
  return { command: "start", id, steps: [gate, ...poststart] };
}
