// `start`: the gate, then the poststart hooks. All it needs is in state.json: the bundle may be gone.
import type { Config } from "../spec/config.js";
import type { SavedState } from "../store/state.js";
import { step } from "./context.js";
import { hookSteps } from "./hooks.js";
import type { Plan } from "./types.js";

export function compileStart(state: Pick<SavedState, "id" | "bundle" | "config">): Plan {
  const { id, bundle } = state;
  const { hooks, annotations } = state.config as Config;
  const gate = step("runtime", "gate/open", "default:gate", { verb: "gate.open" });
  const poststart = hookSteps({ id, bundle, status: "running", hooks, annotations }, "poststart", "runtime");
  return { command: "start", id, steps: [gate, ...poststart] };
}
