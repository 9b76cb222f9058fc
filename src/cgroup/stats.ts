// What `events` says of a container: names, units and omissions are runc's (survey 3.7). A 0 that Go would omit is left out.
import { TsruncError } from "../errors/errors.js";
import type { Int64 } from "./resources.js";

/** Pressure stall information: shares in percent, `total` in microseconds. */
export interface Pressure {
  readonly avg10: number;
  readonly avg60: number;
  readonly avg300: number;
  readonly total: Int64;
}

export interface PressureStats {
  readonly some: Pressure;
  readonly full: Pressure;
}

/** Bytes. `max` is the peak. */
export interface MemoryEntry {
  readonly limit: Int64;
  readonly usage: Int64 | undefined;
  readonly max: Int64 | undefined;
  readonly failcnt: Int64;
}

export interface BlkioEntry {
  readonly major: Int64 | undefined;
  readonly minor: Int64 | undefined;
  readonly op: string | undefined;
  readonly value: Int64 | undefined;
}

export type BlkioTable =
  | "ioServiceBytesRecursive"
  | "ioServicedRecursive"
  | "ioQueueRecursive"
  | "ioServiceTimeRecursive"
  | "ioWaitTimeRecursive"
  | "ioMergedRecursive"
  | "ioTimeRecursive"
  | "sectorsRecursive";

export interface CpuStats {
  /** Nanoseconds. */
  readonly usage: {
    readonly total: Int64 | undefined;
    readonly percpu: readonly Int64[] | undefined;
    readonly percpu_kernel: readonly Int64[] | undefined;
    readonly percpu_user: readonly Int64[] | undefined;
    readonly kernel: Int64;
    readonly user: Int64;
  };
  /** `throttledTime` in nanoseconds. */
  readonly throttling: {
    readonly periods: Int64 | undefined;
    readonly throttledPeriods: Int64 | undefined;
    readonly throttledTime: Int64 | undefined;
  };
  readonly psi?: PressureStats | undefined;
}

export interface MemoryStats {
  readonly cache: Int64 | undefined;
  readonly usage: MemoryEntry;
  /** Memory and swap together, for v2 too. */
  readonly swap: MemoryEntry;
  readonly kernel: MemoryEntry;
  readonly kernelTCP: MemoryEntry;
  /** memory.stat as it is. */
  readonly raw: Readonly<Record<string, Int64>> | undefined;
  readonly psi?: PressureStats | undefined;
}

export interface CpusetStats {
  readonly cpus: readonly number[] | undefined;
  readonly cpu_exclusive: Int64;
  readonly mems: readonly number[] | undefined;
  readonly mem_hardwall: Int64;
  readonly mem_exclusive: Int64;
  readonly memory_migrate: Int64;
  readonly memory_spread_page: Int64;
  readonly memory_spread_slab: Int64;
  readonly memory_pressure: Int64;
  readonly sched_load_balance: Int64;
  readonly sched_relax_domain_level: Int64;
}

export interface HugetlbStats {
  readonly usage: Int64 | undefined;
  readonly max: Int64 | undefined;
  readonly failcnt: Int64;
}

export interface Stats {
  readonly cpu: CpuStats;
  readonly cpuset: CpusetStats;
  readonly memory: MemoryStats;
  /** limit: absent when there is none. */
  readonly pids: { readonly current: Int64 | undefined; readonly limit: Int64 | undefined };
  readonly blkio: Readonly<Partial<Record<BlkioTable, readonly BlkioEntry[]>>> & { readonly psi?: PressureStats | undefined };
  /** By page size: "2MB". */
  readonly hugetlb: Readonly<Record<string, HugetlbStats>>;
  /** Of containers with linux.intelRdt and with network devices of runc's own: there are none here. */
  readonly intel_rdt: Readonly<Record<string, never>>;
  readonly network_interfaces: null;
}

/** The largest unsigned number of 64 bits: what `max` stands for. */
export const noLimit = 2n ** 64n - 1n;

export function toInt64(value: bigint): Int64 {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

/** One number of a cgroup file. `file` is for the message. */
export function parseUint(text: string, file: string): Int64 {
  const value = text.trim();
  if (value === "max") return noLimit;
  if (!/^-?\d{1,20}$/.test(value)) throw new TsruncError(`unable to parse ${JSON.stringify(value)} as a number (${file})`);
  // Some counters of old kernels pass through below 0.
  return value.startsWith("-") ? 0 : toInt64(BigInt(value));
}

/** `nr_periods 7` lines; others are skipped. */
export function keyValues(text: string, file: string): Record<string, Int64> {
  const values: Record<string, Int64> = Object.create(null) as Record<string, Int64>;
  for (const line of text.split("\n")) {
    const [key, value, ...rest] = line.split(" ");
    if (key && value && rest.length === 0) values[key] = parseUint(value, file);
  }
  return values;
}

/** By key, as Go prints a map; undefined when empty. */
export function sortedMap(values: Readonly<Record<string, Int64>>): Record<string, Int64> | undefined {
  const entries = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

/** Go's omitempty. */
export function unlessZero(value: Int64 | undefined): Int64 | undefined {
  return value === undefined || BigInt(value) === 0n ? undefined : value;
}

export function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

export function scaled(value: Int64 | undefined, factor: bigint): Int64 {
  return toInt64(BigInt(value ?? 0) * factor);
}

/** "0-3,7" → [0, 1, 2, 3, 7] */
export function parseCpuList(text: string): number[] {
  return text
    .trim()
    .split(",")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [from = 0, to = from] = range.split("-").map(Number);
      return Array.from({ length: to - from + 1 }, (_, index) => from + index);
    });
}

export const noMemory: MemoryEntry = { limit: 0, usage: undefined, max: undefined, failcnt: 0 };

export const noCpuset: CpusetStats = {
  cpus: undefined,
  cpu_exclusive: 0,
  mems: undefined,
  mem_hardwall: 0,
  mem_exclusive: 0,
  memory_migrate: 0,
  memory_spread_page: 0,
  memory_spread_slab: 0,
  memory_pressure: 0,
  sched_load_balance: 0,
  sched_relax_domain_level: 0,
};
