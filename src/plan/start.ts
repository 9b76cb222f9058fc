// `start`: the gate, then the poststart hooks. All it needs is in state.json: the bundle may be gone.
import type { Hooks } from "../spec/config.js";
import { step } from "./context.js";
import { hookSteps } from "./hooks.js";
import { connectListener } from "./passes/seccomp.js";
import type { Plan } from "./types.js";

/** What of a created container was saved. */
export interface SavedContainer {
  readonly id: string;
  readonly bundle: string;
  /** Of its config.json. */
  readonly summary: { readonly hooks?: Hooks; readonly listenerPath?: string; readonly annotations?: Readonly<Record<string, string>> };
}

export function compileStart(state: SavedContainer): Plan {
  const { id, bundle } = state;
  const { hooks, annotations, listenerPath } = state.summary;
  const gate = step("runtime", "gate/open", "default:gate", { verb: "gate.open" });
  const poststart = hookSteps({ id, bundle, status: "running", hooks, annotations }, "poststart", "runtime");
  return { command: "start", id, steps: [...connectListener(listenerPath, bundle), gate, ...poststart] };
}
