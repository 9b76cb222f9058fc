// A plan's stage and init steps as the blob of docs/protocol.md. Generic over the op table: a new verb needs nothing here.
import { TsruncError } from "../errors/errors.js";
import { type FieldType, type OpRow, optable } from "./optable.js";
import { Form, type JoinParts, joinParts, type Part } from "./parts.js";
import { project } from "./project.js";
import type { IdMap, Int64, Op, Plan, Step } from "./types.js";
import { checkInteger } from "./wire.js";

const BLOB_MAGIC = 0x50525354; // "TSRP"
const BLOB_VERSION = 1;

const BIT_TURN = 0x1000000;
const BIT_OR_ELSE = 0x2000000;

interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly optional: boolean;
}

/** The table with its types taken apart, once: it is walked for every step. */
const layouts: Readonly<Record<string, readonly Field[]>> = Object.fromEntries(
  Object.entries<OpRow>(optable)
    .filter(([, row]) => row.code !== 0)
    .map(([verb, { fields }]) => [verb, Object.entries(fields).map(([name, type]) => fieldOf(name, type))]),
);

const forms: Readonly<Partial<Record<FieldType, number>>> = {
  str: Form.text,
  path: Form.text,
  cpath: Form.text,
  bool: Form.boolean,
  bytes: Form.bytes,
  u32: Form.u32,
  slot: Form.u32,
  u64: Form.u64,
  strs: Form.texts,
  u64s: Form.u64s,
  u32s: Form.u32s,
};

/** What a host's own join reads the fields by; undefined for a verb with a field that it does not know. */
const fieldParts: Readonly<Record<string, readonly (string | number)[] | undefined>> = Object.fromEntries(
  Object.entries(layouts).map(([verb, layout]) => {
    const known = layout.every(({ type }) => forms[type] !== undefined);
    return [
      verb,
      known ? layout.flatMap(({ name, type, optional }) => [name, (forms[type] ?? 0) + (optional ? Form.optional : 0)]) : undefined,
    ];
  }),
);

function fieldOf(name: string, type: string): Field {
  const optional = type.endsWith("?");
  return { name, type: (optional ? type.slice(0, -1) : type) as FieldType, optional };
}

// Plain loops and out[out.length], here and below: the cost of every create, in an interpreter.

function putFields(out: Part[], op: Op, whole: boolean): void {
  const fields = whole ? fieldParts[op.verb] : undefined;
  if (fields !== undefined) {
    out[out.length] = fields;
    out[out.length] = op;
    return;
  }
  const values = op as unknown as Readonly<Record<string, unknown>>;
  const layout = layouts[op.verb] as readonly Field[];
  for (let i = 0; i < layout.length; i++) {
    const { name, type, optional } = layout[i] as Field;
    const value = values[name];
    if (optional) out[out.length] = value !== undefined;
    if (value !== undefined) put(out, type, value);
    else if (!optional) throw new TsruncError(`plan encoding: ${op.verb} has no field ${name}`);
  }
}

/** Values have been typed by the compiler of plans. */
function put(out: Part[], type: FieldType, value: unknown): void {
  switch (type) {
    case "str":
    case "path":
    case "cpath":
    case "bool":
    case "bytes":
      out[out.length] = value as Part;
      break;
    case "u32":
    case "slot":
      out[out.length] = (value as number) >>> 0 === value ? value : (checkInteger(value as number, "u32"), 0);
      break;
    case "i32":
      checkInteger(value as number, "i32");
      out[out.length] = (value as number) >>> 0;
      break;
    case "u64":
    case "i64":
      put64(out, type, value as Int64);
      break;
    case "strs":
      putStrings(out, value as readonly string[]);
      break;
    default:
      putList(out, type, value as readonly unknown[]);
  }
}

function putStrings(out: Part[], values: readonly string[]): void {
  out[out.length] = values.length;
  for (let i = 0; i < values.length; i++) out[out.length] = values[i] as string;
}

function putList(out: Part[], type: "u64s" | "u32s" | "idmaps", values: readonly unknown[]): void {
  out[out.length] = values.length;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (type === "u64s") put64(out, "u64", value as Int64);
    else if (type === "u32s") put(out, "u32", value);
    else {
      const { containerId, hostId, size } = value as IdMap;
      put(out, "u32", containerId);
      put(out, "u32", hostId);
      put(out, "u32", size);
    }
  }
}

/** Two halves of 32 bits, or a bigint where there is no other way. */
function put64(out: Part[], type: "u64" | "i64", value: Int64): void {
  if (typeof value === "number" && value >>> 0 === value) {
    out[out.length] = value;
    out[out.length] = 0;
  } else {
    checkInteger(value, type);
    out[out.length] = BigInt(value);
  }
}

function codeOf(step: Step, op: Op): number {
  const { code } = optable[op.verb];
  if (code === 0) throw new TsruncError(`plan encoding: ${op.verb} is carried out by the runtime only`, { step: step.id, at: step.at });
  return code;
}

function putStep(out: Part[], step: Step, index: number, turn: boolean, whole: boolean): void {
  const { op, orElse, tolerate } = step;
  const head = (step.who === "stage" ? 0x10000 : 0x20000) + (turn ? BIT_TURN : 0);
  const fields = whole && tolerate === undefined && orElse === undefined ? fieldParts[op.verb] : undefined;
  // As nearly all are: one call.
  if (fields !== undefined) {
    out.push(null, optable[op.verb].code + head, index, step.id, 0, null, fields, op, undefined, undefined);
    return;
  }
  out.push(null, codeOf(step, op) + head + (orElse ? BIT_OR_ELSE : 0), index, step.id);
  if (tolerate === undefined) out[out.length] = 0;
  else putList(out, "u32s", tolerate);
  out[out.length] = null;
  putFields(out, op, whole);
  out[out.length] = undefined;
  if (orElse) {
    out[out.length] = codeOf(step, orElse);
    putFields(out, orElse, whole);
  }
  out[out.length] = undefined;
}

/** The blob for stage.spawn's memfd. `join`: the host's, where it has a faster one. */
export function encodePlan(plan: Plan, join?: JoinParts): Uint8Array {
  return join?.(partsOf(plan, true)) ?? joinParts(partsOf(plan, false));
}

/** `whole`: ops as they are, for a join that takes their fields itself. */
function partsOf(plan: Plan, whole: boolean): Part[] {
  const out: Part[] = [BLOB_MAGIC, BLOB_VERSION, 0];
  const { steps } = plan;
  let children = 0;
  for (const segment of project(plan)) {
    if (segment.who === "runtime") continue;
    const { first, last, turn } = segment;
    children += last + 1 - first;
    for (let at = first; at < last; at++) putStep(out, steps[at] as Step, at, false, whole);
    putStep(out, steps[last] as Step, last, turn, whole);
  }
  out[2] = children;
  return out;
}
