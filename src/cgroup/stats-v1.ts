// Files of cgroup v1 → what `events` says (Documentation/admin-guide/cgroup-v1).
import {
  type BlkioEntry,
  type BlkioTable,
  type CpusetStats,
  type CpuStats,
  type HugetlbStats,
  keyValues,
  type MemoryEntry,
  type MemoryStats,
  noCpuset,
  noLimit,
  noMemory,
  parseCpuList,
  parseUint,
  scaled,
  sortedMap,
  type Stats,
  toInt64,
  unlessEmpty,
  unlessZero,
} from "./stats.js";
import type { Int64 } from "./resources.js";

/** The text of `file` of the container's cgroup in the hierarchy of `controller`; undefined where there is none. */
export type ReadV1 = (controller: string, file: string) => string | undefined;

/** USER_HZ: 100 on every architecture that Linux has left. */
const NS_PER_TICK = 10_000_000n;

export function statsV1(read: ReadV1, hugepageSizes: readonly string[]): Stats {
  return {
    cpu: cpu(read),
    cpuset: cpuset(read),
    memory: memory(read),
    pids: pids(read),
    blkio: blkio(read),
    hugetlb: hugetlb(read, hugepageSizes),
    intel_rdt: {},
    network_interfaces: null,
  };
}

function number(read: ReadV1, controller: string, file: string): Int64 | undefined {
  const text = read(controller, file);
  return text === undefined ? undefined : parseUint(text, file);
}

function cpu(read: ReadV1): CpuStats {
  const ticks = keyValues(read("cpuacct", "cpuacct.stat") ?? "", "cpuacct.stat");
  const stat = keyValues(read("cpu", "cpu.stat") ?? "", "cpu.stat");
  const percpu = (read("cpuacct", "cpuacct.usage_percpu") ?? "").split(/\s+/).filter((text) => text !== "");
  const modes = usageAll(read("cpuacct", "cpuacct.usage_all") ?? "");
  return {
    usage: {
      total: unlessZero(number(read, "cpuacct", "cpuacct.usage")),
      percpu: unlessEmpty(percpu.map((text) => parseUint(text, "cpuacct.usage_percpu"))),
      percpu_kernel: unlessEmpty(modes.map(({ system }) => system)),
      percpu_user: unlessEmpty(modes.map(({ user }) => user)),
      kernel: scaled(ticks["system"], NS_PER_TICK),
      user: scaled(ticks["user"], NS_PER_TICK),
    },
    throttling: {
      periods: unlessZero(stat["nr_periods"]),
      throttledPeriods: unlessZero(stat["nr_throttled"]),
      throttledTime: unlessZero(stat["throttled_time"]),
    },
  };
}

/** A title, then `CPU USER SYSTEM` lines. */
function usageAll(text: string): { user: Int64; system: Int64 }[] {
  return text
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [, user, system] = line.split(" ");
      if (user === undefined || system === undefined) return [];
      return [{ user: parseUint(user, "cpuacct.usage_all"), system: parseUint(system, "cpuacct.usage_all") }];
    });
}

function cpuset(read: ReadV1): CpusetStats {
  const value = (name: string): Int64 => number(read, "cpuset", `cpuset.${name}`) ?? 0;
  const level = read("cpuset", "cpuset.sched_relax_domain_level");
  return {
    ...noCpuset,
    cpus: unlessEmpty(parseCpuList(read("cpuset", "cpuset.cpus") ?? "")),
    cpu_exclusive: value("cpu_exclusive"),
    mems: unlessEmpty(parseCpuList(read("cpuset", "cpuset.mems") ?? "")),
    mem_hardwall: value("mem_hardwall"),
    mem_exclusive: value("mem_exclusive"),
    memory_migrate: value("memory_migrate"),
    memory_spread_page: value("memory_spread_page"),
    memory_spread_slab: value("memory_spread_slab"),
    memory_pressure: value("memory_pressure"),
    sched_load_balance: value("sched_load_balance"),
    // The one with a meaning below 0.
    sched_relax_domain_level: level === undefined ? 0 : toInt64(BigInt(level.trim())),
  };
}

function memory(read: ReadV1): MemoryStats {
  const raw = keyValues(read("memory", "memory.stat") ?? "", "memory.stat");
  return {
    cache: unlessZero(raw["cache"]),
    usage: memoryEntry(read, "memory"),
    swap: memoryEntry(read, "memory.memsw"),
    kernel: memoryEntry(read, "memory.kmem"),
    kernelTCP: memoryEntry(read, "memory.kmem.tcp"),
    raw: sortedMap(raw),
  };
}

/** Swap accounting and kernel memory are optional; the limit of kernel memory is gone from new kernels while its usage stayed. */
function memoryEntry(read: ReadV1, prefix: string): MemoryEntry {
  const usage = number(read, "memory", `${prefix}.usage_in_bytes`);
  if (usage === undefined) return noMemory;
  return {
    limit: number(read, "memory", `${prefix}.limit_in_bytes`) ?? 0,
    usage: unlessZero(usage),
    max: unlessZero(number(read, "memory", `${prefix}.max_usage_in_bytes`)),
    failcnt: number(read, "memory", `${prefix}.failcnt`) ?? 0,
  };
}

function pids(read: ReadV1): Stats["pids"] {
  const limit = number(read, "pids", "pids.max");
  return { current: unlessZero(number(read, "pids", "pids.current")), limit: limit === noLimit ? undefined : unlessZero(limit) };
}

const tables = (prefix: string, suffix: string, more: boolean): readonly (readonly [string, BlkioTable])[] => [
  ...(more
    ? ([
        [`${prefix}sectors${suffix}`, "sectorsRecursive"],
        [`${prefix}io_service_time${suffix}`, "ioServiceTimeRecursive"],
        [`${prefix}io_wait_time${suffix}`, "ioWaitTimeRecursive"],
        [`${prefix}io_merged${suffix}`, "ioMergedRecursive"],
        [`${prefix}io_queued${suffix}`, "ioQueueRecursive"],
        [`${prefix}time${suffix}`, "ioTimeRecursive"],
      ] as const)
    : []),
  [`${prefix}io_serviced${suffix}`, "ioServicedRecursive"],
  [`${prefix}io_service_bytes${suffix}`, "ioServiceBytesRecursive"],
];

/** What the I/O schedulers of the kernels count, the most telling first: BFQ with and without debugging, CFQ, none. */
const groups = [
  tables("blkio.bfq.", "_recursive", true),
  tables("blkio.bfq.", "_recursive", false),
  tables("blkio.", "_recursive", true),
  tables("blkio.throttle.", "_recursive", false),
  tables("blkio.throttle.", "", false),
];

/** The first group whose first file says anything. */
function blkio(read: ReadV1): Stats["blkio"] {
  const result: Partial<Record<BlkioTable, readonly BlkioEntry[]>> = {};
  const load = (file: string): BlkioEntry[] => blkioEntries(read("blkio", file) ?? "", file);
  const group = groups.find(([first]) => first !== undefined && load(first[0]).length > 0) ?? [];
  for (const [file, table] of group) {
    const entries = load(file);
    if (entries.length > 0) result[table] = entries;
  }
  return inOrder(result);
}

/** `8:0 Read 1282048`, `8:0 6792`; the line `Total 3477504` sums them up. */
function blkioEntries(text: string, file: string): BlkioEntry[] {
  return text.split("\n").flatMap((line) => {
    const fields = line.split(/[ :]/).filter((field) => field !== "");
    if (fields.length < 3) return [];
    const [major = "", minor = ""] = fields;
    const op = fields.length === 4 ? fields[2] : undefined;
    const value = (part: string): Int64 | undefined => unlessZero(parseUint(part, file));
    return [{ major: value(major), minor: value(minor), op, value: value(fields.at(-1) ?? "") }];
  });
}

const order: readonly BlkioTable[] = [
  "ioServiceBytesRecursive",
  "ioServicedRecursive",
  "ioQueueRecursive",
  "ioServiceTimeRecursive",
  "ioWaitTimeRecursive",
  "ioMergedRecursive",
  "ioTimeRecursive",
  "sectorsRecursive",
];

function inOrder(values: Partial<Record<BlkioTable, readonly BlkioEntry[]>>): Partial<Record<BlkioTable, readonly BlkioEntry[]>> {
  return Object.fromEntries(order.flatMap((table) => (values[table] === undefined ? [] : [[table, values[table]]])));
}

/** What is reserved where the kernel tells (5.7), else what is in use. */
function hugetlb(read: ReadV1, sizes: readonly string[]): Record<string, HugetlbStats> {
  const entries = [...sizes].sort().flatMap((size) => {
    const prefixes = [`hugetlb.${size}.rsvd`, `hugetlb.${size}`];
    const prefix = prefixes.find((name) => read("hugetlb", `${name}.usage_in_bytes`) !== undefined);
    if (prefix === undefined) return [];
    const value = (name: string): Int64 => number(read, "hugetlb", `${prefix}.${name}`) ?? 0;
    const entry = { usage: unlessZero(value("usage_in_bytes")), max: unlessZero(value("max_usage_in_bytes")), failcnt: value("failcnt") };
    return [[size, entry] as const];
  });
  return Object.fromEntries(entries);
}
