// A plan's stage and init steps as the blob of docs/protocol.md. Generic over the op table: a new verb needs nothing here.
import { TsruncError } from "../errors/errors.js";
import { type FieldType, optable } from "./optable.js";
import { turnAfter } from "./project.js";
import type { IdMap, Int64, Op, Plan, Step } from "./types.js";
import { Writer } from "./wire.js";

export const BLOB_MAGIC = 0x50525354; // "TSRP"
export const BLOB_VERSION = 1;

const BIT_TURN = 1;
const BIT_OR_ELSE = 2;

type Write = (writer: Writer, value: unknown) => void;

/** Values have been typed by the compiler of plans; ranges and NUL bytes are checked by the writer. */
const writers: Record<FieldType, Write> = {
  u32: (writer, value) => writer.u32(value as number),
  i32: (writer, value) => writer.i32(value as number),
  u64: (writer, value) => writer.u64(value as Int64),
  i64: (writer, value) => writer.i64(value as Int64),
  bool: (writer, value) => writer.bool(value as boolean),
  str: (writer, value) => writer.str(value as string),
  path: (writer, value) => writer.str(value as string),
  cpath: (writer, value) => writer.str(value as string),
  bytes: (writer, value) => writer.bytes(value as Uint8Array),
  strs: (writer, value) => writer.strs(value as readonly string[]),
  u64s: (writer, value) => writer.u64s(value as readonly Int64[]),
  u32s: (writer, value) => writer.u32s(value as readonly number[]),
  slot: (writer, value) => writer.u32(value as number),
  idmaps: (writer, value) => writer.idmaps(value as readonly IdMap[]),
};

function writeFields(writer: Writer, op: Op): void {
  const values = op as unknown as Readonly<Record<string, unknown>>;
  for (const [name, type] of Object.entries<FieldType | `${FieldType}?`>(optable[op.verb].fields)) {
    const value = values[name];
    if (type.endsWith("?")) {
      writer.bool(value !== undefined);
      if (value !== undefined) writers[type.slice(0, -1) as FieldType](writer, value);
    } else {
      if (value === undefined) throw new TsruncError(`plan encoding: ${op.verb} has no field ${name}`);
      writers[type as FieldType](writer, value);
    }
  }
}

function codeOf(step: Step, op: Op): number {
  const { code } = optable[op.verb];
  if (code === 0) throw new TsruncError(`plan encoding: ${op.verb} is carried out by the runtime only`, { step: step.id, at: step.at });
  return code;
}

function writeStep(writer: Writer, step: Step, index: number, turn: boolean): void {
  writer.sized(() => {
    writer.u16(codeOf(step, step.op));
    writer.u8(step.who === "stage" ? 1 : 2);
    writer.u8((turn ? BIT_TURN : 0) | (step.orElse ? BIT_OR_ELSE : 0));
    writer.u32(index);
    writer.str(step.id);
    writer.u32s(step.tolerate ?? []);
    writer.sized(() => writeFields(writer, step.op));
    if (!step.orElse) return;
    const { orElse } = step;
    writer.u16(codeOf(step, orElse));
    writer.u16(0);
    writeFields(writer, orElse);
  });
}

/** The blob for stage.spawn's memfd. */
export function encodePlan(plan: Plan): Uint8Array {
  const writer = new Writer();
  const children = plan.steps.filter((step) => step.who !== "runtime").length;
  writer.u32(BLOB_MAGIC);
  writer.u32(BLOB_VERSION);
  writer.u32(children);
  plan.steps.forEach((step, index) => {
    if (step.who !== "runtime") writeStep(writer, step, index, turnAfter(plan, index));
  });
  return writer.finish();
}
