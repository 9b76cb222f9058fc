// Hooks that run in the runtime's namespaces.
import { errnoText } from "../../errors/errno.js";
import { SysError, TsruncError } from "../../errors/errors.js";
import type { HookResult } from "../../host/port.js";
import type { Op } from "../../plan/types.js";
import type { Execution } from "../execution.js";

/** Go's names of the signals that end a process, as in its `signal: killed`. */
const signalTexts: Readonly<Record<number, string>> = {
  1: "hangup",
  2: "interrupt",
  3: "quit",
  4: "illegal instruction",
  5: "trace/breakpoint trap",
  6: "aborted",
  7: "bus error",
  8: "floating point exception",
  9: "killed",
  11: "segmentation fault",
  13: "broken pipe",
  14: "alarm clock",
  15: "terminated",
};

export function runHookStep(op: Op<"hook.run">, run: Execution): void {
  const { native, host } = run.context;
  const name = `error running ${op.kind} hook #${op.index}`;
  let result: HookResult;
  try {
    result = native.runHook({
      path: op.path,
      args: op.args,
      env: op.inheritEnv ? Object.entries(host.env).map(([key, value]) => `${key}=${value}`) : op.env,
      stdin: op.stateSuffix === undefined ? op.statePrefix : `${op.statePrefix}${run.initPid}${op.stateSuffix}`,
      timeoutMs: Number(op.timeoutMs ?? 0),
    });
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (error.code === "EINTR") throw new TsruncError(`${name}: ${error.call}`, { errno: error.errno, code: error.code });
    throw new TsruncError(`${name}: fork/exec ${op.path}: ${errnoText(error.errno)}`, { errno: error.errno, code: error.code });
  }
  const end = howItEnded(result, Number(op.timeoutMs ?? 0));
  if (end !== undefined) throw new TsruncError(`${name}: ${end}, stdout: ${result.stdout}, stderr: ${result.stderr}`);
}

/** undefined: well. */
function howItEnded(result: HookResult, timeoutMs: number): string | undefined {
  if (result.timedOut) return `hook ran past specified timeout of ${(timeoutMs / 1000).toFixed(1)}s`;
  if (result.signal !== 0) return `signal: ${signalTexts[result.signal] ?? result.signal}`;
  return result.exitCode === 0 ? undefined : `exit status ${result.exitCode}`;
}
