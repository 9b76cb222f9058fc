// Why a step failed, where only a look at the host can tell: which limit, setting or delegation is missing, and what to write where.
// It is looked at after the failure and for the message alone: nothing is decided by it.
import { SysError, TsruncError } from "../../errors/errors.js";
import type { Step } from "../../plan/types.js";
import type { Execution } from "../execution.js";
import { cgroupHint } from "./cgroup.js";
import { mountHint, namespaceHint } from "./namespaces.js";

/** `error` with a better hint than that of src/errors/hints.ts, where there is one. */
export function diagnosed(error: unknown, step: Step, run: Execution): unknown {
  if (!(error instanceof TsruncError)) return error;
  const hint = hintOf(error, step, run);
  return hint === undefined ? error : new TsruncError(error.message, { ...error.fields, hint });
}

function hintOf(error: TsruncError, step: Step, run: Execution): string | undefined {
  try {
    return cgroupHint(error.fields, step, run) ?? namespaceHint(error.fields, step, run.context) ?? mountHint(error.fields, step, run);
  } catch (problem) {
    // The hint is a courtesy: what cannot be read must not take the place of the error.
    if (problem instanceof SysError || problem instanceof TsruncError) return undefined;
    throw problem;
  }
}
