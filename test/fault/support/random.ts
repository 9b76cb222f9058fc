// Numbers that the same seed brings again, and how many of all the possible faults a run tries.
import { tsruncPath } from "../../support/paths.js";

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1): mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** `count` of them in their order; all where there are no more. */
  sample<T>(list: readonly T[], count: number): T[] {
    const left = list.map((_, index) => index);
    while (left.length > count) left.splice(this.below(left.length), 1);
    return left.map((index) => list[index] as T);
  }
}

/** TSRUNC_SEED, or the one of every usual run. */
export const seed = Number(process.env["TSRUNC_SEED"] ?? 1);

/** TSRUNC_LONG=1: all there is, in place of a sample. */
export const long = process.env["TSRUNC_LONG"] === "1";

/** How many of a list the usual run takes: Node, which takes ten times as long to start, gets a third. TSRUNC_SAMPLE=N says it. */
export function sampleSize(count: number): number {
  const asked = Number(process.env["TSRUNC_SAMPLE"] ?? 0);
  if (asked > 0) return asked;
  return long ? Infinity : tsruncPath.endsWith("static") ? count : Math.ceil(count / 3);
}
