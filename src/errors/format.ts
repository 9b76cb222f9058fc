// How an error becomes its one line (DESIGN section 7, docs/adr/0003-errors.md):
//   tsrunc create failed: unable to start container process: mounts/3/bind (config.json:41:17 /mounts/3): move_mount("/data"): EINVAL (invalid argument) [hint: ...]
import { errnoName, errnoText } from "./errno.js";
import { type ErrorFields, SysError, TsruncError } from "./errors.js";
import { type Failure, hintFor } from "./hints.js";
import { printable, shortened, shownPlace } from "./printable.js";

/** `move_mount("/data"): EINVAL (invalid argument)`; `object` is added where the call does not show it. */
export function describeCall(call: string, errno: number, object: string): string {
  const about = object !== "" && !call.includes(object) ? ` on "${object}"` : "";
  return `${call}${about}: ${errnoName(errno)} (${errnoText(errno)})`;
}

/** `mounts/3/bind (config.json:41:17 /mounts/3)`: the step, and who asked for it. */
function describeStep(step: string, at: string, where: string | undefined): string {
  return `${shownPlace(step)} (${where ? `${where} ` : ""}${shownPlace(at)})`;
}

/** Of which step, and what is known of it, for `stepError`. */
export interface StepContext {
  readonly id: string;
  readonly at: string;
  readonly verb: string;
  /** `config.json:41:17` */
  readonly where?: string | undefined;
  readonly userNamespace?: boolean | undefined;
}

/** What a child reports in FAIL (docs/protocol.md). */
export interface CallFailure {
  readonly errno: number;
  readonly call: string;
  readonly object: string;
  readonly text: string;
}

/** The error of a step that an actor could not carry out: a failed call, a refused state, or text that is interface. */
export function stepError(step: StepContext, failure: CallFailure): TsruncError {
  const code = failure.errno === 0 ? undefined : errnoName(failure.errno);
  const what =
    failure.text !== "" ? failure.text : failure.errno === 0 ? failure.call : describeCall(failure.call, failure.errno, failure.object);
  const known: Failure = { ...failure, verb: step.verb, code, userNamespace: step.userNamespace };
  const fields: ErrorFields = {
    step: step.id,
    at: step.at,
    where: step.where,
    op: step.verb,
    call: failure.call,
    errno: failure.errno,
    code,
    object: failure.object,
    hint: hintFor(known),
  };
  return new TsruncError(`${describeStep(step.id, step.at, step.where)}: ${what}`, fields);
}

/** The same for an error thrown while the runtime carried out the step itself. */
export function runtimeStepError(step: StepContext, error: unknown): TsruncError {
  if (error instanceof SysError) return stepError(step, { errno: error.errno, call: error.call, object: error.object, text: "" });
  if (error instanceof TsruncError) {
    if (error.fields.step !== undefined) return error;
    const fields = { ...error.fields, step: step.id, at: step.at, where: step.where, op: step.verb };
    return new TsruncError(`${describeStep(step.id, step.at, step.where)}: ${error.message}`, fields);
  }
  throw error;
}

/** The same error with words before it: `tsrunc create failed: `. Bugs of ours (any other Error) pass unchanged. */
export function prefixed(prefix: string, error: unknown): unknown {
  if (error instanceof TsruncError) return new TsruncError(prefix + error.message, error.fields);
  if (error instanceof SysError) {
    const fields = { call: error.call, errno: error.errno, code: error.code, object: error.object };
    return new TsruncError(prefix + describeCall(error.call, error.errno, error.object), fields);
  }
  return error;
}

/** The whole line, without a newline at its end. */
export function formatError(error: unknown): string {
  return oneLine(lineOf(error));
}

function lineOf(error: unknown): string {
  if (error instanceof TsruncError) return error.message + (error.fields.hint ? ` [hint: ${error.fields.hint}]` : "");
  if (error instanceof SysError) return describeCall(error.call, error.errno, error.object);
  if (error instanceof Error) return `internal error (please report it): ${error.message}`;
  return `internal error (please report it): ${String(error)}`;
}

/** Characters of a message: engines keep what we print. */
const LONGEST = 16_384;
const TAIL = 2048;

/** Hook output and the like may hold line ends; a record is one line. */
function oneLine(text: string): string {
  const line = printable(text.trimEnd().replace(/\r?\n/g, "\\n"));
  return __TSRUNC_WEAK__?.["message-length"] ? line : shortened(line, LONGEST, TAIL);
}

export function exitCodeOf(error: unknown): number {
  return error instanceof TsruncError ? (error.fields.exitCode ?? 1) : 1;
}

/** The stack of an error that is a bug of ours, for the debug log; undefined for errors meant for the user. */
export function bugStack(error: unknown): string | undefined {
  return error instanceof TsruncError || error instanceof SysError || !(error instanceof Error) ? undefined : error.stack;
}
