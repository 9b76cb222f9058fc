// A plan's stage and init steps as the blob of docs/protocol.md. Generic over the op table: a new verb needs nothing here.
import { TsruncError } from "../errors/errors.js";
import { type FieldType, type OpRow, optable } from "./optable.js";
import { joinParts, type Part } from "./parts.js";
import { project, type Segment } from "./project.js";
import type { IdMap, Int64, Op, OpName, Plan, Step } from "./types.js";
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

/** Of a field, as addon/quickjs/parts.cc has them. */
const Form = { text: 0, boolean: 1, bytes: 2, u32: 3, u64: 4, texts: 5, u64s: 6, u32s: 7, optional: 16 } as const;

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

/** The table for a host's own encoder: for each verb that has nothing but fields of these forms its code, then names and forms in turn. */
export type Rows = Readonly<Record<string, readonly (string | number)[]>>;

const rows: Rows = Object.fromEntries(
  Object.entries(layouts)
    .filter(([, layout]) => layout.every(({ type }) => forms[type] !== undefined))
    .map(([verb, layout]) => [
      verb,
      [
        optable[verb as OpName].code,
        ...layout.flatMap(({ name, type, optional }) => [name, (forms[type] ?? 0) + (optional ? Form.optional : 0)]),
      ],
    ]),
);

function fieldOf(name: string, type: string): Field {
  const optional = type.endsWith("?");
  return { name, type: (optional ? type.slice(0, -1) : type) as FieldType, optional };
}

// Plain loops and out[out.length], here and below: the cost of every create, in an interpreter.

function putFields(out: Part[], op: Op): void {
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

function putStep(out: Part[], step: Step, index: number, turn: boolean): void {
  const { op, orElse, tolerate } = step;
  const head = (step.who === "stage" ? 0x10000 : 0x20000) + (turn ? BIT_TURN : 0) + (orElse ? BIT_OR_ELSE : 0);
  out.push(null, codeOf(step, op) + head, index, step.id);
  if (tolerate === undefined) out[out.length] = 0;
  else putList(out, "u32s", tolerate);
  out[out.length] = null;
  putFields(out, op);
  out[out.length] = undefined;
  if (orElse) {
    out[out.length] = codeOf(step, orElse);
    putFields(out, orElse);
  }
  out[out.length] = undefined;
}

/** A host's own; null for what it leaves to the one here: verbs without a row, and whatever cannot be encoded. */
export type EncodeSteps = (rows: Rows, segments: readonly Segment[]) => Uint8Array | null;

/** The blob for stage.spawn's memfd. `encodeSteps`: the host's, where it has a faster one. */
export function encodePlan(plan: Plan, encodeSteps?: EncodeSteps): Uint8Array {
  const segments = project(plan);
  return encodeSteps?.(rows, segments) ?? joinParts(partsOf(segments));
}

function partsOf(segments: readonly Segment[]): Part[] {
  const out: Part[] = [BLOB_MAGIC, BLOB_VERSION, 0];
  let children = 0;
  for (const segment of segments) {
    if (segment.who === "runtime") continue;
    const { steps, first, last, turn } = segment;
    children += steps.length;
    for (let at = first; at <= last; at++) putStep(out, steps[at - first] as Step, at, turn && at === last);
  }
  out[2] = children;
  return out;
}
