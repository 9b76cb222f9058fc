// What is fuzzed: something that makes inputs and something that must take any of them.
import type { Random } from "../support/random.js";

/** An input that was not taken as it must be. */
export class Finding extends Error {
  override readonly name = "Finding";
}

export interface Target {
  readonly name: string;
  /** How many inputs the usual test run takes. */
  readonly usual: number;
  make(random: Random): Uint8Array;
  /** What became of it, for the statistics: `refused`, `plan`. Throws Finding. */
  examine(input: Uint8Array, random: Random): string;
}

export interface Tally {
  readonly inputs: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

export const show = (bytes: Uint8Array): string => JSON.stringify(new TextDecoder().decode(bytes.subarray(0, 600)));
