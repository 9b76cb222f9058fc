// state.json and journal.json: checked by hand where they are read back, since every command pays for it.
import { validate } from "tsrunc:validate-config";
import { TsruncError } from "../errors/errors.js";
import { type FieldType, type OpRow, optable } from "../plan/optable.js";
import type { Op } from "../plan/types.js";
import type { Config } from "../spec/config.js";
import { textOf } from "../spec/config-text.js";
import { isShallow, parseJson, stringifyJson } from "../spec/json.js";
import { describeSchemaError } from "../spec/schema-error.js";
import type { Journal, SavedState } from "./state.js";
import { summarize } from "./summary.js";

type Fields = Record<string, unknown>;

export function stringifyJournal(journal: Journal): string {
  return stringifyJson(journal);
}

/** No JSON text of one line has it inside: the line feed of a string is escaped. What stands before it is one line. */
const CONFIG = ',\n"config":';

/** `config` stands on a line of its own at the end: it is found without reading either part. */
export function stringifyState({ config, ...head }: SavedState): string {
  return `${stringifyJson(head).slice(0, -1)}${CONFIG}${textOf(config) ?? stringifyJson(config)}}`;
}

function damaged(file: string, what: string): TsruncError {
  return new TsruncError(`${file}: damaged: ${what}`);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** `exact`: no number of it is beyond 2^53, or nothing would rely on it. */
function parseObject(text: string, file: string, exact = false): Fields {
  let value: unknown;
  try {
    value = parseJson(text, file, exact && isShallow(text));
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error));
  }
  if (!isObject(value)) throw damaged(file, "not an object");
  return value;
}

/** The whole file, where only its first bytes are at hand. */
type ReadWhole = () => Uint8Array | undefined;

/** The configuration is parsed when it is first asked for, and read then as well where it is long. */
function parseParts(bytes: Uint8Array, file: string, whole: ReadWhole | undefined): Fields {
  const text = decode(bytes);
  const at = text.indexOf(CONFIG);
  if (at < 0) return whole === undefined ? parseObject(text, file) : parseParts(whole() ?? bytes, file, undefined);
  if (whole === undefined && !text.endsWith("}}")) throw damaged(file, "it ends too early");
  const fields = parseObject(`${text.slice(0, at)}}`, file, true);
  let config: Fields | undefined;
  return Object.defineProperty(fields, "config", {
    get: () => (config ??= parseConfigPart(whole === undefined ? text : decode(whole() ?? bytes), file)),
    enumerable: true,
    configurable: true,
  });
}

function parseConfigPart(text: string, file: string): Fields {
  return parseObject(text.slice(text.indexOf(CONFIG) + CONFIG.length, -1), file);
}

/** config.json was checked before it was saved. The whole of it again is a tenth of a millisecond for that of Docker: not for every command. */
export function checkConfig(config: unknown, file: string): void {
  const error = validate(config);
  if (error === undefined) return;
  const { pointer, message } = describeSchemaError(error, config);
  throw damaged(file, `/config${pointer}: ${message}`);
}

function checkHead(fields: Fields, id: string, file: string): void {
  if (fields["version"] !== 1) throw damaged(file, `version ${String(fields["version"])}, this tsrunc reads version 1`);
  if (fields["id"] !== id) throw damaged(file, `it is of container ${String(fields["id"])}`);
}

type Required = Exclude<keyof SavedState, "noNewKeyring" | "descriptors" | "addedMounts" | "config" | "summary">;

const stateFields: Readonly<Record<Required, "string" | "number" | "boolean" | "object">> = {
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
};
const stateFieldList = Object.entries(stateFields).map(([name, type]) => ({ name, type }));

/** `whole`: `bytes` are the first of more. */
export function parseState(bytes: Uint8Array, id: string, file: string, whole?: ReadWhole): SavedState {
  const fields = parseParts(bytes, file, whole);
  checkHead(fields, id, file);
  for (const { name, type } of stateFieldList) {
    const value = fields[name];
    if (typeof value !== type || value === null) throw damaged(file, `"${name}" is missing or has another type`);
  }
  // kill(2) gives pids below 1 other meanings: everything we may signal.
  const pid = fields["pid"] as number;
  if (!Number.isInteger(pid) || pid < 1) throw damaged(file, `"pid" is ${pid}`);
  for (const name of ["cgroups", "afterGate"]) if (!Array.isArray(fields[name])) throw damaged(file, `"${name}" is not a list`);
  for (const place of fields["cgroups"] as Fields[]) {
    const dir = place?.["dir"];
    if (typeof dir !== "string" || !dir.startsWith("/")) throw damaged(file, "a cgroup without directory");
    if (!areTexts(place["controllers"])) throw damaged(file, "a cgroup without controllers");
  }
  if (!areObjects(fields["afterGate"])) throw damaged(file, '"afterGate" is not a list of steps');
  const { addedMounts = [], descriptors = [] } = fields;
  if (!areAddedMounts(addedMounts)) throw damaged(file, '"addedMounts" is not a list of mounts');
  if (!areTexts(descriptors)) throw damaged(file, '"descriptors" is not a list of names');
  checkSummary(fields, file);
  return fields as unknown as SavedState;
}

function isAddedMount(value: unknown): boolean {
  return isObject(value) && isText(value["target"]) && isText(value["mountId"]);
}

/** Older files have none. */
function checkSummary(fields: Fields, file: string): void {
  const { summary } = fields;
  if (isObject(summary)) return checkSummaryFields(summary, file);
  if (summary !== undefined || !isObject(fields["config"])) throw damaged(file, '"config" or "summary" is missing or has another type');
  checkConfig(fields["config"], file);
  fields["summary"] = summarize(fields["config"] as unknown as Config);
}

function checkSummaryFields({ annotations = {}, hooks = {}, listenerPath = "" }: Fields, file: string): void {
  const lists = isObject(hooks) && areHooks(hooks["poststart"] ?? []) && areHooks(hooks["poststop"] ?? []);
  if (!isObject(annotations) || !Object.values(annotations).every(isText) || !lists || !isText(listenerPath)) {
    throw damaged(file, '"summary" is not as it was written');
  }
}

function isHook(value: unknown): boolean {
  return isObject(value) && isText(value["path"]) && areTexts(value["args"] ?? []) && areTexts(value["env"] ?? []);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function parseJournal(bytes: Uint8Array, id: string, file: string): Journal {
  const fields = parseObject(decode(bytes), file);
  checkHead(fields, id, file);
  if (!Array.isArray(fields["undo"])) throw damaged(file, '"undo" is not a list');
  for (const step of fields["undo"] as { id?: unknown; op?: Partial<Op> }[]) {
    if (typeof step?.id !== "string" || step.op?.verb === undefined || !Object.hasOwn(optable, step.op.verb)) {
      throw damaged(file, "an undo step without id or known verb");
    }
    const wrong = wrongField(step.op as Op);
    if (wrong !== undefined) throw damaged(file, `"${wrong}" of an undo step (${step.op.verb}) is missing or has another type`);
  }
  return fields as unknown as Journal;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isWhole = (value: unknown): boolean => typeof value === "bigint" || Number.isSafeInteger(value);
const isListOf = (is: (value: unknown) => boolean) => (value: unknown) => Array.isArray(value) && value.every(is);
const areTexts = isListOf(isText);
const areObjects = isListOf(isObject);
const areHooks = isListOf(isHook);
const areAddedMounts = isListOf(isAddedMount);

const fieldTypes: Readonly<Record<FieldType, (value: unknown) => boolean>> = {
  u32: Number.isSafeInteger,
  i32: Number.isSafeInteger,
  u64: isWhole,
  i64: isWhole,
  bool: (value) => typeof value === "boolean",
  str: isText,
  path: isText,
  cpath: isText,
  // The one that there is, a device program, is not saved: it is made anew.
  bytes: () => true,
  strs: areTexts,
  u64s: isListOf(isWhole),
  u32s: isListOf(Number.isSafeInteger),
  slot: Number.isSafeInteger,
  idmaps: areObjects,
};

/** The field of an op that is not as the op table says: what takes it to the kernel counts on that. */
function wrongField(op: Op): string | undefined {
  const values = op as unknown as Fields;
  const { fields } = optable[op.verb] as OpRow;
  for (const [name, type] of Object.entries(fields)) {
    const optional = type.endsWith("?");
    const is = fieldTypes[(optional ? type.slice(0, -1) : type) as FieldType];
    if (!(optional && values[name] === undefined) && !is(values[name])) return name;
  }
  return undefined;
}
