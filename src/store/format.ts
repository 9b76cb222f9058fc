// state.json and journal.json: checked by hand where they are read back, since every command pays for it.
import { TsruncError } from "../errors/errors.js";
import { optable } from "../plan/optable.js";
import type { Op } from "../plan/types.js";
import { parseJson, stringifyJson } from "../spec/json.js";
import type { Journal, SavedState } from "./state.js";

type Fields = Record<string, unknown>;

export function stringify(value: SavedState | Journal): string {
  return stringifyJson(value);
}

function damaged(file: string, what: string): TsruncError {
  return new TsruncError(`${file}: damaged: ${what}`);
}

function parseObject(bytes: Uint8Array, file: string): Fields {
  let value: unknown;
  try {
    value = parseJson(new TextDecoder().decode(bytes));
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw damaged(file, "not an object");
  return value as Fields;
}

function checkHead(fields: Fields, id: string, file: string): void {
  if (fields["version"] !== 1) throw damaged(file, `version ${String(fields["version"])}, this tsrunc reads version 1`);
  if (fields["id"] !== id) throw damaged(file, `it is of container ${String(fields["id"])}`);
}

const stateFields: Readonly<Record<Exclude<keyof SavedState, "noNewKeyring" | "descriptors" | "addedMounts">, "string" | "number" | "boolean" | "object">> =
  {
    version: "number",
    id: "string",
    ociVersion: "string",
    bundle: "string",
    rootfs: "string",
    created: "string",
    pid: "number",
    startTime: "string",
    systemdCgroup: "boolean",
    rootless: "boolean",
    cgroups: "object",
    afterGate: "object",
    config: "object",
  };

export function parseState(bytes: Uint8Array, id: string, file: string): SavedState {
  const fields = parseObject(bytes, file);
  checkHead(fields, id, file);
  for (const [name, type] of Object.entries(stateFields)) {
    if (typeof fields[name] !== type || fields[name] === null) throw damaged(file, `"${name}" is missing or has another type`);
  }
  // kill(2) gives pids below 1 other meanings: everything we may signal.
  const pid = fields["pid"] as number;
  if (!Number.isInteger(pid) || pid < 1) throw damaged(file, `"pid" is ${pid}`);
  for (const name of ["cgroups", "afterGate"]) if (!Array.isArray(fields[name])) throw damaged(file, `"${name}" is not a list`);
  for (const place of fields["cgroups"] as Fields[]) {
    if (typeof place?.["dir"] !== "string" || !place["dir"].startsWith("/")) throw damaged(file, "a cgroup without directory");
  }
  return fields as unknown as SavedState;
}

export function parseJournal(bytes: Uint8Array, id: string, file: string): Journal {
  const fields = parseObject(bytes, file);
  checkHead(fields, id, file);
  if (!Array.isArray(fields["undo"])) throw damaged(file, '"undo" is not a list');
  for (const step of fields["undo"] as { id?: unknown; op?: Partial<Op> }[]) {
    if (typeof step?.id !== "string" || step.op?.verb === undefined || !Object.hasOwn(optable, step.op.verb)) {
      throw damaged(file, "an undo step without id or known verb");
    }
  }
  return fields as unknown as Journal;
}
