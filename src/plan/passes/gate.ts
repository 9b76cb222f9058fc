// Between `create` and `start`.
import { type Pass, type PlanContext, step } from "../context.js";
import type { Step } from "../types.js";
import { receiveTerminal } from "./console.js";
import { connectListener, listenerPath } from "./seccomp.js";

/**
 * `run` knows all that `start` would look up, and has init's attention: what `start` does before the gate comes before the last GO, after which
 * nobody waits for anybody any more.
 */
export const gateWait: Pass = (context) =>
  context.options.run === true
    ? [...beforeProgram(context), step("init", "process/release", "default:gate", { verb: "process.release" })]
    : [step("init", "gate/wait", "default:gate", { verb: "gate.wait", slot: context.slots.gate })];

function beforeProgram(context: PlanContext): Step[] {
  return [...receiveTerminal(context), ...connectListener(listenerPath(context.linux.seccomp), context.bundle)];
}
