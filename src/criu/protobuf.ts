// The wire format of Protocol Buffers (proto2), as far as CRIU's messages need it: varints, strings and messages, driven by a table.
import { toUint64 } from "../spec/uint64.js";
import { TsruncError } from "../errors/errors.js";

export type Scalar = "int32" | "uint32" | "bool" | "enum" | "string";

export interface FieldRow {
  readonly number: number;
  /** A scalar, or the name of a message of the same schema. */
  readonly type: string;
  readonly repeated?: true;
}

export type MessageTable = Readonly<Record<string, FieldRow>>;
export type Schema = Readonly<Record<string, MessageTable>>;

/** Fields by their names in the .proto file; absent ones are not written. */
export type Value = number | boolean | string | MessageValue;
export interface MessageValue {
  readonly [field: string]: Value | readonly Value[] | undefined;
}

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const scalars: ReadonlySet<string> = new Set<Scalar>(["int32", "uint32", "bool", "enum", "string"]);

export function encodeMessage(schema: Schema, name: string, value: MessageValue): Uint8Array {
  const out: number[] = [];
  writeMessage(out, schema, tableOf(schema, name), name, value);
  return Uint8Array.from(out);
}

function tableOf(schema: Schema, name: string): MessageTable {
  const table = schema[name];
  if (table === undefined) throw new Error(`no message ${name}`);
  return table;
}

function writeMessage(out: number[], schema: Schema, table: MessageTable, name: string, value: MessageValue): void {
  for (const [field, content] of Object.entries(value)) {
    const row = table[field];
    if (row === undefined) throw new Error(`${name} has no field ${field}`);
    if (content === undefined) continue;
    const all = row.repeated === true ? (content as readonly Value[]) : [content as Value];
    for (const one of all) writeField(out, schema, row, one);
  }
}

function writeField(out: number[], schema: Schema, { number, type }: FieldRow, value: Value): void {
  if (!scalars.has(type)) {
    const inner: number[] = [];
    writeMessage(inner, schema, tableOf(schema, type), type, value as MessageValue);
    writeBytes(out, number, inner);
  } else if (type === "string") {
    writeBytes(out, number, new TextEncoder().encode(value as string));
  } else {
    writeVarint(out, (number << 3) | VARINT);
    writeVarint(out, Number(value));
  }
}

function writeBytes(out: number[], number: number, bytes: Iterable<number> & { readonly length: number }): void {
  writeVarint(out, (number << 3) | BYTES);
  writeVarint(out, bytes.length);
  for (const byte of bytes) out.push(byte);
}

/** A negative number is sign-extended to 64 bits: ten bytes. */
function writeVarint(out: number[], value: number): void {
  let rest = toUint64(BigInt(value));
  while (rest >= 0x80n) {
    out.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  out.push(Number(rest));
}

/** Fields that the table does not know are skipped. Throws TsruncError for bytes that are no such message. */
export function decodeMessage(schema: Schema, name: string, bytes: Uint8Array): Record<string, unknown> {
  const table = tableOf(schema, name);
  const fields = new Map(Object.entries(table).map(([field, row]) => [row.number, { field, row }]));
  const result: Record<string, unknown> = {};
  const reader = new Reader(bytes);
  while (!reader.done) {
    const key = Number(reader.varint());
    const raw = readRaw(reader, key & 7);
    const known = fields.get(key >> 3);
    if (known === undefined) continue;
    const value = convert(schema, known.row, raw);
    if (known.row.repeated === true) ((result[known.field] ??= []) as unknown[]).push(value);
    else result[known.field] = value;
  }
  return result;
}

function readRaw(reader: Reader, wireType: number): bigint | Uint8Array {
  if (wireType === VARINT) return reader.varint();
  if (wireType === BYTES) return reader.bytes(Number(reader.varint()));
  if (wireType === FIXED64) return reader.bytes(8);
  if (wireType === FIXED32) return reader.bytes(4);
  throw malformed();
}

function convert(schema: Schema, { type }: FieldRow, raw: bigint | Uint8Array): unknown {
  const wanted = scalars.has(type) && type !== "string" ? "bigint" : "object";
  if (typeof raw !== wanted) throw malformed();
  if (typeof raw !== "bigint") return type === "string" ? new TextDecoder().decode(raw) : decodeMessage(schema, type, raw);
  if (type === "bool") return raw !== 0n;
  return Number(type === "uint32" ? raw & 0xffff_ffffn : BigInt.asIntN(32, raw));
}

function malformed(): TsruncError {
  return new TsruncError("not a message of the expected form");
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw malformed();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return toUint64(value);
    }
    throw malformed();
  }

  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw malformed();
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
