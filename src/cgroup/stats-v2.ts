// Files of cgroup v2 → what `events` says, in the terms of v1 (Documentation/admin-guide/cgroup-v2.rst).
import {
  type BlkioEntry,
  type CpuStats,
  type HugetlbStats,
  keyValues,
  type MemoryEntry,
  type MemoryStats,
  noCpuset,
  noLimit,
  noMemory,
  parseUint,
  type Pressure,
  type PressureStats,
  scaled,
  sortedMap,
  type Stats,
  toInt64,
  unlessZero,
} from "./stats.js";
import type { Int64 } from "./resources.js";

/** The text of a file of the container's cgroup; undefined where there is none (a controller that is not enabled, an older kernel). */
export type ReadV2 = (file: string) => string | undefined;

const NS_PER_US = 1000n;

export function statsV2(read: ReadV2, hugepageSizes: readonly string[]): Stats {
  return {
    cpu: cpu(read),
    cpuset: noCpuset,
    memory: memory(read),
    pids: pids(read),
    blkio: io(read),
    hugetlb: hugetlb(read, hugepageSizes),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function number(read: ReadV2, file: string): Int64 | undefined {
  const text = read(file);
  return text === undefined ? undefined : parseUint(text, file);
}

function cpu(read: ReadV2): CpuStats {
  const stat = keyValues(read("cpu.stat") ?? "", "cpu.stat");
  return {
    usage: {
      total: unlessZero(scaled(stat["usage_usec"], NS_PER_US)),
      percpu: undefined,
      percpu_kernel: undefined,
      percpu_user: undefined,
      kernel: scaled(stat["system_usec"], NS_PER_US),
      user: scaled(stat["user_usec"], NS_PER_US),
    },
    throttling: {
      periods: unlessZero(stat["nr_periods"]),
      throttledPeriods: unlessZero(stat["nr_throttled"]),
      throttledTime: unlessZero(scaled(stat["throttled_usec"], NS_PER_US)),
    },
    psi: pressure(read, "cpu.pressure"),
  };
}

function memory(read: ReadV2): MemoryStats {
  const raw = keyValues(read("memory.stat") ?? "", "memory.stat");
  const usage = memoryEntry(read, "memory");
  return {
    cache: unlessZero(raw["file"]),
    usage,
    swap: withMemory(memoryEntry(read, "memory.swap"), usage),
    kernel: noMemory,
    kernelTCP: noMemory,
    raw: sortedMap(raw),
    psi: pressure(read, "memory.pressure"),
  };
}

/** The peak is there since Linux 5.19, that of swap since 6.5. */
function memoryEntry(read: ReadV2, prefix: string): MemoryEntry {
  const usage = number(read, `${prefix}.current`);
  if (usage === undefined) return noMemory;
  return {
    limit: number(read, `${prefix}.max`) ?? 0,
    usage: unlessZero(usage),
    max: unlessZero(number(read, `${prefix}.peak`)),
    failcnt: 0,
  };
}

/** v1 counts memory and swap together, and its readers expect that. Two peaks cannot be added. */
function withMemory(swap: MemoryEntry, memory: MemoryEntry): MemoryEntry {
  const sum = (a: Int64 | undefined, b: Int64 | undefined): bigint => BigInt(a ?? 0) + BigInt(b ?? 0);
  const limit = sum(swap.limit, memory.limit);
  const unlimited = swap.limit === noLimit || limit > noLimit;
  return {
    limit: unlimited ? noLimit : toInt64(limit),
    usage: unlessZero(toInt64(sum(swap.usage, memory.usage))),
    max: undefined,
    failcnt: 0,
  };
}

function pids(read: ReadV2): Stats["pids"] {
  const current = number(read, "pids.current");
  if (current === undefined) {
    // Without the controller: counted by hand, but for a threaded cgroup, whose processes are not shown.
    const count = (read("cgroup.procs") ?? "").split("\n").filter((line) => line !== "").length;
    return { current: unlessZero(count), limit: undefined };
  }
  const limit = number(read, "pids.max");
  return { current: unlessZero(current), limit: limit === noLimit ? undefined : unlessZero(limit) };
}

const ioTables: Readonly<Record<string, readonly ["ioServiceBytesRecursive" | "ioServicedRecursive", string]>> = {
  rbytes: ["ioServiceBytesRecursive", "Read"],
  wbytes: ["ioServiceBytesRecursive", "Write"],
  rios: ["ioServicedRecursive", "Read"],
  wios: ["ioServicedRecursive", "Write"],
};

/** `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6`; discards have no place in v1's tables. */
function io(read: ReadV2): Stats["blkio"] {
  const found = { ioServiceBytesRecursive: [] as BlkioEntry[], ioServicedRecursive: [] as BlkioEntry[] };
  for (const line of (read("io.stat") ?? "").split("\n")) {
    const [device = "", ...counters] = line.split(" ");
    const [major, minor] = device.split(":");
    if (major === undefined || minor === undefined) continue;
    const numbers = { major: unlessZero(parseUint(major, "io.stat")), minor: unlessZero(parseUint(minor, "io.stat")) };
    for (const counter of counters) {
      const [key = "", value = ""] = counter.split("=");
      const [table, op] = (Object.hasOwn(ioTables, key) ? ioTables[key] : undefined) ?? [];
      if (table !== undefined) found[table].push({ ...numbers, op, value: unlessZero(parseUint(value, "io.stat")) });
    }
  }
  return {
    ...(found.ioServiceBytesRecursive.length > 0 && { ioServiceBytesRecursive: found.ioServiceBytesRecursive }),
    ...(found.ioServicedRecursive.length > 0 && { ioServicedRecursive: found.ioServicedRecursive }),
    psi: pressure(read, "io.pressure"),
  };
}

function hugetlb(read: ReadV2, sizes: readonly string[]): Record<string, HugetlbStats> {
  const entries = [...sizes].sort().flatMap((size) => {
    const usage = number(read, `hugetlb.${size}.rsvd.current`) ?? number(read, `hugetlb.${size}.current`);
    if (usage === undefined) return [];
    const events = keyValues(read(`hugetlb.${size}.events`) ?? "", `hugetlb.${size}.events`);
    return [[size, { usage: unlessZero(usage), max: undefined, failcnt: events["max"] ?? 0 }] as const];
  });
  return Object.fromEntries(entries);
}

const noPressure: Pressure = { avg10: 0, avg60: 0, avg300: 0, total: 0 };

/** `some avg10=0.00 avg60=0.00 avg300=0.00 total=0` and the same for `full`, which old kernels do not have for CPUs. */
function pressure(read: ReadV2, file: string): PressureStats | undefined {
  const text = read(file);
  if (text === undefined) return undefined;
  const lines = new Map(text.split("\n").map((line) => [line.slice(0, line.indexOf(" ")), line] as const));
  const parse = (kind: string): Pressure => {
    const line = lines.get(kind);
    if (line === undefined) return noPressure;
    const value = (name: string): string => new RegExp(`\\b${name}=(\\S+)`).exec(line)?.[1] ?? "0";
    return {
      avg10: Number(value("avg10")),
      avg60: Number(value("avg60")),
      avg300: Number(value("avg300")),
      total: parseUint(value("total"), file),
    };
  };
  return { some: parse("some"), full: parse("full") };
}
