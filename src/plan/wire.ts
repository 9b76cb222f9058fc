// The wire of docs/protocol.md in TypeScript: a writer and a reader of its primitive values, and the messages of the control socket.
// Little endian, no padding. Pure: the UTF-8 conversion is here because not every host has TextEncoder.
import { TsruncError } from "../errors/errors.js";
import type { Int64 } from "./types.js";

export const Kind = { TURN: 1, CLONED: 2, FAIL: 3, OPENED: 4, PLAN: 16, GO: 17, START: 32 } as const;

/** FAIL's index of a child that has no plan yet: what has failed is the step that spawned it. */
export const BEFORE_PLAN = 0xffffffff;

function refuse(what: string): never {
  throw new TsruncError(`plan encoding: ${what}`);
}

/** UTF-8 of `text`. A lone surrogate or a NUL has no place in a path, an argument or a name: refused. */
export function utf8(text: string): Uint8Array {
  const out = new Uint8Array(text.length * 3);
  let n = 0;
  for (let i = 0; i < text.length; i++) {
    let code = text.charCodeAt(i);
    if (code === 0) refuse(`a NUL byte in ${JSON.stringify(text.slice(0, 80))}`);
    if (code >= 0xd800 && code < 0xe000) {
      const low = text.charCodeAt(i + 1);
      if (code >= 0xdc00 || !(low >= 0xdc00 && low < 0xe000)) refuse(`half a surrogate pair in ${JSON.stringify(text.slice(0, 80))}`);
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      i++;
    }
    if (code < 0x80) out[n++] = code;
    else if (code < 0x800) n = put(out, n, 0xc0 | (code >> 6), code);
    else if (code < 0x10000) n = put(out, n, 0xe0 | (code >> 12), code >> 6, code);
    else n = put(out, n, 0xf0 | (code >> 18), code >> 12, code >> 6, code);
  }
  return out.subarray(0, n);
}

function put(out: Uint8Array, at: number, lead: number, ...rest: number[]): number {
  out[at++] = lead;
  for (const bits of rest) out[at++] = 0x80 | (bits & 0x3f);
  return at;
}

/** Text of UTF-8 bytes that a child sent; what is not UTF-8 (a path of the host may hold anything) becomes U+FFFD. */
export function fromUtf8(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length;) {
    const [code, length] = codePoint(bytes, i);
    text += String.fromCodePoint(code);
    i += length;
  }
  return text;
}

function codePoint(bytes: Uint8Array, at: number): [code: number, length: number] {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return [lead, 1];
  const length = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xc2 && lead < 0xe0 ? 2 : 0;
  if (length === 0 || at + length > bytes.length) return [0xfffd, 1];
  let code = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) {
    const byte = bytes[at + i] ?? 0;
    if ((byte & 0xc0) !== 0x80) return [0xfffd, 1];
    code = (code << 6) | (byte & 0x3f);
  }
  const smallest = [0, 0, 0x80, 0x800, 0x10000][length] ?? 0;
  return code < smallest || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? [0xfffd, 1] : [code, length];
}

const ranges = {
  u8: [0, 0xff],
  u16: [0, 0xffff],
  u32: [0, 0xffffffff],
  i32: [-0x80000000, 0x7fffffff],
  u64: [0n, 0xffffffffffffffffn],
  i64: [-0x8000000000000000n, 0x7fffffffffffffffn],
} as const;

/** Refuses what is no exact integer of that type. */
export function checkInteger(value: Int64, type: keyof typeof ranges): void {
  if (typeof value === "number" && !Number.isSafeInteger(value)) refuse(`${String(value)} is not an exact integer`);
  const [low, high] = ranges[type];
  if (value < low || value > high) refuse(`${value.toString()} does not fit ${type}`);
}

export class Writer {
  private data = new Uint8Array(1024);
  private view = new DataView(this.data.buffer);
  private size = 0;

  private room(bytes: number): number {
    const at = this.size;
    if (at + bytes > this.data.length) {
      const bigger = new Uint8Array(Math.max(this.data.length * 2, at + bytes));
      bigger.set(this.data);
      this.data = bigger;
      this.view = new DataView(bigger.buffer);
    }
    this.size = at + bytes;
    return at;
  }

  u8(value: number): void {
    checkInteger(value, "u8");
    const at = this.room(1);
    this.view.setUint8(at, value);
  }
  u16(value: number): void {
    checkInteger(value, "u16");
    const at = this.room(2);
    this.view.setUint16(at, value, true);
  }
  u32(value: number): void {
    checkInteger(value, "u32");
    const at = this.room(4);
    this.view.setUint32(at, value, true);
  }
  i32(value: number): void {
    checkInteger(value, "i32");
    const at = this.room(4);
    this.view.setInt32(at, value, true);
  }
  u64(value: Int64): void {
    checkInteger(value, "u64");
    const at = this.room(8);
    this.view.setBigUint64(at, BigInt(value), true);
  }
  i64(value: Int64): void {
    checkInteger(value, "i64");
    const at = this.room(8);
    this.view.setBigInt64(at, BigInt(value), true);
  }
  bool(value: boolean): void {
    this.u8(value ? 1 : 0);
  }
  raw(bytes: Uint8Array): void {
    const at = this.room(bytes.length);
    this.data.set(bytes, at);
  }
  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.raw(value);
  }
  str(value: string): void {
    this.bytes(utf8(value));
  }
  u32s(values: readonly number[]): void {
    this.u32(values.length);
    for (const value of values) this.u32(value);
  }
  /** Room for a u32 that `end` sets to the number of bytes written since. */
  begin(): number {
    return this.room(4);
  }
  end(section: number): void {
    this.view.setUint32(section, this.size - section - 4, true);
  }
  finish(): Uint8Array {
    return this.data.slice(0, this.size);
  }
}

/** Reads what a child sent: never past the end; throws when it is not what it should be. */
export class Reader {
  private at = 0;
  private readonly view: DataView;
  constructor(private readonly data: Uint8Array) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }
  private skip(bytes: number): number {
    const at = this.at;
    if (bytes > this.data.length - at) throw new TsruncError("a message of the container's init ends too early");
    this.at = at + bytes;
    return at;
  }
  u32(): number {
    return this.view.getUint32(this.skip(4), true);
  }
  i32(): number {
    return this.view.getInt32(this.skip(4), true);
  }
  u64(): bigint {
    return this.view.getBigUint64(this.skip(8), true);
  }
  str(): string {
    const length = this.u32();
    const at = this.skip(length);
    return fromUtf8(this.data.subarray(at, at + length));
  }
  end(): void {
    if (this.at !== this.data.length) throw new TsruncError("a message of the container's init has bytes left over");
  }
}

export interface FailMessage {
  readonly kind: "fail";
  /** Index in the plan of the step that failed. */
  readonly index: number;
  /** 0: a refused state rather than a failed call. */
  readonly errno: number;
  readonly call: string;
  readonly object: string;
  /** The whole message, where it is part of the interface; else empty. */
  readonly text: string;
}

/** What stage and init send. The pidfd of `cloned`, if any, is the packet's descriptor; that of `opened` is the detached mount. */
export type ChildMessage =
  | { readonly kind: "turn"; readonly index: number }
  | { readonly kind: "cloned"; readonly pid: number }
  | { readonly kind: "opened"; readonly slot: number; readonly mountId: bigint }
  | FailMessage;

/** One packet of the control socket, or what the gate sent after its length. */
export function decodeChildMessage(data: Uint8Array): ChildMessage {
  const reader = new Reader(data);
  const kind = reader.u32();
  const message = childMessage(kind, reader);
  reader.end();
  return message;
}

function childMessage(kind: number, reader: Reader): ChildMessage {
  switch (kind) {
    case Kind.TURN:
      return { kind: "turn", index: reader.u32() };
    case Kind.CLONED:
      return { kind: "cloned", pid: reader.i32() };
    case Kind.OPENED:
      return { kind: "opened", slot: reader.u32(), mountId: reader.u64() };
    case Kind.FAIL:
      return { kind: "fail", index: reader.u32(), errno: reader.i32(), call: reader.str(), object: reader.str(), text: reader.str() };
    default:
      throw new TsruncError(`a message of the container's init has the unknown kind ${kind}`);
  }
}

/** A blob of at most so many bytes goes into PLAN itself: 64 KiB is the most that a message has. */
export const INLINE_BLOB = 60 * 1024;

export interface PlanHead {
  readonly umask: number;
  readonly preserveFds: number;
  /** Of init where it is spawned as such, else 0. */
  readonly hostPid?: number;
}

/** PLAN up to its blob of `size` bytes. Its descriptors are one for each of `slots`, and before them the memfd of the blob when `size` is 0. */
export function planHead({ umask, preserveFds, hostPid = 0 }: PlanHead, slots: readonly number[], size: number): Uint8Array {
  const writer = new Writer();
  writer.u32(Kind.PLAN);
  writer.u32(umask);
  writer.u32(preserveFds);
  writer.i32(hostPid);
  writer.u32s(slots);
  writer.u32(size);
  return writer.finish();
}

/** GO; its descriptors are one for each of `slots`. `hostPid` is init's pid, 0 while it is not known. */
export function goMessage(hostPid: number, slots: readonly number[]): Uint8Array {
  const writer = new Writer();
  writer.u32(Kind.GO);
  writer.i32(hostPid);
  writer.u32s(slots);
  return writer.finish();
}

/** What `start` sends through the gate, and which descriptors with it: in this order. */
export function startMessage(withTimes: boolean, withListener: boolean): Uint8Array {
  const writer = new Writer();
  writer.u32(Kind.START | (withTimes ? 0x100 : 0) | (withListener ? 0x200 : 0));
  return writer.finish();
}
