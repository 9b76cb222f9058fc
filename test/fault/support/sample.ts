// Which of all the possible faults a run tries, and how many.
import { tsruncPath } from "../../support/paths.js";

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

/** TSRUNC_PART=2/8: every eighth of a list, from the second on, so that a table that takes hours can be made in parts. */
export function part<T>(list: readonly T[]): readonly T[] {
  const [, number, count] = /^(\d+)\/(\d+)$/.exec(process.env["TSRUNC_PART"] ?? "1/1") ?? [];
  return list.filter((_, at) => at % Number(count) === Number(number) - 1);
}

/** Of hours, what has come so far, for whoever stops before the end. */
export function progress(text: string): void {
  if (long) process.stdout.write(`${text}\n`);
}
