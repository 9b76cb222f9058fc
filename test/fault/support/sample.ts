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
