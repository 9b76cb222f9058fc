// Between the plan and its blob: a flat list of values, each with one wire form, joined into bytes in a single go. An interpreter makes such
// a list ten times as fast as it writes bytes.
import { TsruncError } from "../errors/errors.js";
import { toUint64 } from "../spec/uint64.js";
import { Writer } from "./wire.js";

/**
 * number: u32, unchecked (an integer of 0 to 2^32 - 1). boolean: one byte. string: u32 length and UTF-8, never a NUL nor half a surrogate
 * pair. bigint: 8 bytes of its two's complement. Uint8Array: u32 length and the bytes. null begins a section that is preceded by a u32 of
 * its length, undefined ends it; sections nest.
 */
export type Part = number | boolean | string | bigint | Uint8Array | null | undefined;

/** Throws for a string that the wire cannot hold. */
export function joinParts(parts: readonly Part[]): Uint8Array {
  const writer = new Writer();
  const open: number[] = [];
  for (const part of parts) {
    if (part === null) open.push(writer.begin());
    else if (part === undefined) writer.end(open.pop() ?? unbalanced());
    else if (typeof part === "number") writer.u32(part);
    else if (typeof part === "string") writer.str(part);
    else if (typeof part === "boolean") writer.bool(part);
    else if (typeof part === "bigint") writer.u64(toUint64(part));
    else writer.bytes(part);
  }
  if (open.length > 0) unbalanced();
  return writer.finish();
}

function unbalanced(): never {
  throw new TsruncError("plan encoding: a section is left open, or closed twice");
}
