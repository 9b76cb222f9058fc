// The control socket's and the gate's messages (docs/protocol.md): little endian, one message a packet.
import { TsruncError } from "../errors/errors.js";

const TURN = 1;
const CLONED = 2;
const FAIL = 3;
const PLAN = 16;
const GO = 17;
const START = 32;

export interface FailMessage {
  readonly kind: "fail";
  /** Index of the step in the plan. */
  readonly index: number;
  readonly errno: number;
  readonly call: string;
  readonly object: string;
  readonly text: string;
}

export type ChildMessage =
  | { readonly kind: "turn"; readonly index: number }
  | { readonly kind: "cloned"; readonly pid: number }
  | FailMessage;

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value >>> 0, true));
  return bytes;
}

/** Its descriptors: the memfd of the blob, then one for each slot. */
export function planMessage(umask: number, preserveFds: number, slots: readonly number[]): Uint8Array {
  return words(PLAN, umask, preserveFds, slots.length, ...slots);
}

export function goMessage(hostPid: number, slots: readonly number[]): Uint8Array {
  return words(GO, hostPid, slots.length, ...slots);
}

export function startMessage(): Uint8Array {
  return words(START);
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    this.#need(4);
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  i32(): number {
    return this.u32() | 0;
  }

  str(): string {
    const length = this.u32();
    this.#need(length);
    const text = new TextDecoder().decode(this.#bytes.subarray(this.#at, this.#at + length));
    this.#at += length;
    return text;
  }

  #need(count: number): void {
    if (this.#at + count > this.#bytes.length) throw new TsruncError("container init sent a message that is too short");
  }
}

export function parseChildMessage(bytes: Uint8Array): ChildMessage {
  const reader = new Reader(bytes);
  const kind = reader.u32();
  if (kind === TURN) return { kind: "turn", index: reader.u32() };
  if (kind === CLONED) return { kind: "cloned", pid: reader.i32() };
  if (kind === FAIL) return readFail(reader);
  throw new TsruncError(`container init sent a message of unknown kind ${kind}`);
}

function readFail(reader: Reader): FailMessage {
  return { kind: "fail", index: reader.u32(), errno: reader.i32(), call: reader.str(), object: reader.str(), text: reader.str() };
}

/** What came over the gate until end of file: nothing when the program runs, else a length and a FAIL message. */
export function parseGateAnswer(bytes: Uint8Array): FailMessage | undefined {
  if (bytes.length === 0) return undefined;
  const reader = new Reader(bytes);
  const length = reader.u32();
  if (length + 4 !== bytes.length) throw new TsruncError("container init sent a broken answer at the gate");
  const message = parseChildMessage(bytes.subarray(4));
  if (message.kind !== "fail") throw new TsruncError("container init sent a wrong answer at the gate");
  return message;
}
