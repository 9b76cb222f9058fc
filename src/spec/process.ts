// A process object on its own (exec --process): the same schema and the same rules as for `process` of config.json.
import { validate } from "tsrunc:validate-config";
import type { Config, Process } from "./config.js";
import { findPointer, lineColumn } from "./json-position.js";
import { parseJson } from "./json.js";
import { configError } from "./load.js";
import { consoleSize } from "./rules/console-size.js";
import { environment } from "./rules/environment.js";
import { ioPriority } from "./rules/io-priority.js";
import { labels } from "./rules/labels.js";
import { oomScore } from "./rules/oom-score.js";
import { processRule } from "./rules/process.js";
import { rlimits } from "./rules/rlimits.js";
import type { Finding, RuleContext } from "./rules/rule.js";
import { scheduler } from "./rules/scheduler.js";
import { unsupported } from "./rules/unsupported.js";
import { user } from "./rules/user.js";
import { describeSchemaError } from "./schema-error.js";
import { decodeUtf8 } from "./utf8.js";

export interface LoadedProcess {
  readonly process: Process;
  /** `process.json:4:7` of what a pointer into config.json names: `/process/cwd` is `/cwd` of the file. */
  where(pointer: string): string | undefined;
}

const PREFIX = "/process";
const rules = [processRule, unsupported, user, environment, rlimits, oomScore, scheduler, ioPriority, labels, consoleSize] as const;
/** What these rules have to know of the host. */
export type ProcessContext = { readonly facts: Pick<RuleContext["facts"], "apparmor" | "selinux"> };
/** Rules look at other parts of the config too; those of the container have been accepted. */
type Rules = (config: Config, context: ProcessContext) => Finding | undefined;

/** Reads and checks a process file. `config`: the container's. */
export function parseProcess(bytes: Uint8Array, fileName: string, config: Config, context: ProcessContext): LoadedProcess {
  const text = decodeUtf8(bytes, fileName);
  const value = /^\s*$/.test(text) ? null : parseJson(text, fileName);
  const inFile = (pointer: string): string => {
    const { line, column } = lineColumn(text, findPointer(text, pointer));
    return `${fileName}:${line}:${column}`;
  };
  if (value === null) throw configError(inFile, "", "process cannot be null");
  const whole = { ociVersion: config.ociVersion, process: value };
  const error = validate(whole);
  if (error !== undefined) {
    const { pointer, message } = describeSchemaError(error, whole);
    throw configError(inFile, pointer.slice(PREFIX.length), message);
  }
  const process = value as Process;
  const finding = findProblem(config, process, context);
  if (finding !== undefined) throw configError(inFile, finding.at.slice(PREFIX.length), finding.message, finding.hint);
  return { process, where: (pointer) => (isInside(pointer) ? inFile(pointer.slice(PREFIX.length)) : undefined) };
}

function isInside(pointer: string): boolean {
  return pointer === PREFIX || pointer.startsWith(`${PREFIX}/`);
}

/** What the rules say of this process in that container; `at` is a pointer into config.json. */
export function findProblem(config: Config, process: Process, context: ProcessContext): Finding | undefined {
  if (process.args === undefined || process.args.length === 0) return { at: "/process/args", message: "exec args cannot be empty" };
  const changed = { ...config, process };
  for (const rule of rules) {
    const finding = (rule as Rules)(changed, context);
    if (finding !== undefined) return finding;
  }
  return undefined;
}
