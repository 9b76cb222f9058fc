// Lists of CPUs and memory nodes ("0-3,7", cpuset(7)) as masks.
import { TsruncError } from "../errors/errors.js";
import { listProblem, listRanges, type Numbered } from "../spec/number-list.js";
import type { Int64 } from "./types.js";

/** 64 CPUs in each element. Throws for a list that names none, or one that cannot be. */
export function cpuMask(list: string, at: string): Int64[] {
  return listMask(list, "CPU", at);
}

/** 64 in each element. Throws for a list that names none, or one that cannot be. */
export function listMask(list: string, kind: Numbered, at: string): Int64[] {
  const problem = listProblem(list, kind);
  if (problem !== undefined) throw new TsruncError(`${at}: ${problem}`, { at });
  const words: bigint[] = [];
  for (const [first, last] of listRanges(list)) {
    for (let bit = first; bit <= last; bit += 1) words[bit >> 6] = (words[bit >> 6] ?? 0n) | (1n << BigInt(bit & 63));
  }
  return Array.from(words, (word) => small(word ?? 0n));
}

function small(word: bigint): Int64 {
  return word <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(word) : word;
}
