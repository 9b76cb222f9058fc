// Lists of CPUs ("0-3,7", cpuset(7)) as masks.
import { TsruncError } from "../errors/errors.js";
import type { Int64 } from "./types.js";

/** The most that Linux can be built for (CONFIG_NR_CPUS on x86). */
const MOST = 8192;

/** 64 CPUs in each element. Throws for a list that names none, or one that cannot be. */
export function cpuMask(list: string, at: string): Int64[] {
  const words: bigint[] = [];
  const refuse = (why: string): never => {
    throw new TsruncError(`${at}: invalid list of CPUs ${JSON.stringify(list)}: ${why}`, { at });
  };
  for (const part of list.split(",").map((text) => text.trim())) {
    if (part === "") continue;
    const match = /^(\d{1,9})(?:\s*-\s*(\d{1,9}))?$/.exec(part) ?? refuse(`"${part}" is no CPU and no range`);
    const first = Number(match[1]);
    const last = Number(match[2] ?? match[1]);
    if (first > last) refuse(`the range "${part}" is the wrong way round`);
    if (last >= MOST) refuse(`CPUs are numbered from 0 to ${MOST - 1}`);
    for (let cpu = first; cpu <= last; cpu += 1) words[cpu >> 6] = (words[cpu >> 6] ?? 0n) | (1n << BigInt(cpu & 63));
  }
  if (words.length === 0) refuse("it names none");
  return Array.from(words, (word) => small(word ?? 0n));
}

function small(word: bigint): Int64 {
  return word <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(word) : word;
}
