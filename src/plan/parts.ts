// Between the plan and its blob: a flat list of values, each with one wire form, joined into bytes in a single go. An interpreter makes such
// a list ten times as fast as it writes bytes; a host may bring its own `join` (Native.joinParts), this one is for all others.
import { TsruncError } from "../errors/errors.js";
import { toUint64 } from "../spec/uint64.js";
import type { Op } from "./types.js";
import { Writer } from "./wire.js";

/** Of a field, as addon/quickjs/parts.cc has them. */
export const Form = { text: 0, boolean: 1, bytes: 2, u32: 3, u64: 4, texts: 5, u64s: 6, u32s: 7, optional: 16 } as const;

/**
 * number: u32, unchecked (an integer of 0 to 2^32 - 1). boolean: one byte. string: u32 length and UTF-8, never a NUL nor half a surrogate
 * pair. bigint: 8 bytes of its two's complement. Uint8Array: u32 length and the bytes. null begins a section that is preceded by a u32 of
 * its length, undefined ends it; sections nest.
 *
 * For a host's own join: a list of names and forms in turn, then the op that has these fields.
 */
export type Part = number | boolean | string | bigint | Uint8Array | null | undefined | readonly (string | number)[] | Op;

/** A host's own; null for what `joinParts` refuses, or that it leaves to it: numbers beyond 2^53. */
export type JoinParts = (parts: readonly Part[]) => Uint8Array | null;

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
    else if (part instanceof Uint8Array) writer.bytes(part);
    else throw new TsruncError("plan encoding: fields that were not taken apart");
  }
  if (open.length > 0) unbalanced();
  return writer.finish();
}

function unbalanced(): never {
  throw new TsruncError("plan encoding: a section is left open, or closed twice");
}
