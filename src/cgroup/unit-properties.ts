// linux.resources → properties of the container's unit (systemd.resource-control(5)), so that systemd, which writes the files of its
// cgroups again whenever it likes (daemon-reload), writes the same. What has no property is in the files alone.
import { cpuWeight, ioWeight, memoryMax, pidsMax, positive, swapMax } from "./convert.js";
import type { Int64, Resources } from "./resources.js";

/** One property, its value as busctl(1) has it: an array is its length and its elements, a structure its fields. */
export interface UnitProperty {
  readonly name: string;
  /** The first version of systemd that knows it; an older one does not get it. */
  readonly since: number;
  /** D-Bus signature. */
  readonly signature: string;
  readonly values: readonly string[];
}

/** USEC_INFINITY, CGROUP_LIMIT_MAX and CGROUP_WEIGHT_INVALID alike. */
const INFINITY = ((1n << 64n) - 1n).toString();
const DEFAULT_PERIOD = 100_000n;
const SECOND = 1_000_000n;
/** systemd keeps a percentage of one CPU: 10 ms of each second. */
const PERCENT = 10_000n;

/** When each came (NEWS of systemd). */
const since: Readonly<Record<string, number>> = {
  MemoryMax: 231,
  MemoryHigh: 231,
  MemoryLow: 231,
  MemoryMin: 240,
  MemorySwapMax: 232,
  CPUWeight: 232,
  CPUQuotaPeriodUSec: 242,
  IOWeight: 230,
  TasksMax: 227,
  AllowedCPUs: 244,
  AllowedMemoryNodes: 244,
};
/** `CPUWeight=idle` */
const IDLE_SINCE = 252;

export function property(name: string, signature: string, values: readonly string[], from = since[name] ?? 0): UnitProperty {
  return { name, since: from, signature, values };
}

/** As they go into a request: see docs/protocol.md. */
export function tokens(properties: readonly UnitProperty[]): string[] {
  return properties.flatMap(({ name, since: from, signature, values }) => [name, String(from), signature, ...values]);
}

/** `version`: of the cgroup hierarchy whose controllers systemd uses. Of one name, the last one counts: unified's. */
export function resourceProperties(resources: Resources, version: 1 | 2): UnitProperty[] {
  const list = version === 1 ? v1Properties(resources) : [...v2Properties(resources), ...unifiedProperties(resources.unified ?? {})];
  return [...new Map(list.map((one) => [one.name, one])).values()];
}

/** What takes `changed` back to what `before` had: the default for properties that it did not have. */
export function restoringProperties(changed: readonly UnitProperty[], before: readonly UnitProperty[]): UnitProperty[] {
  return changed.map((one) => before.find(({ name }) => name === one.name) ?? unset(one));
}

function unset({ name, since: from, signature }: UnitProperty): UnitProperty {
  const zero = signature.startsWith("a") || name === "MemoryLow" || name === "MemoryMin";
  return { name, since: from, signature, values: [zero ? "0" : INFINITY] };
}

/** Nothing when it is not set; `max` and -1 are no limit. */
function number(name: string, value: string | undefined): UnitProperty[] {
  if (value === undefined) return [];
  return [property(name, "t", [value === "max" || value.startsWith("-") ? INFINITY : value])];
}

function v2Properties({ memory = {}, cpu = {}, pids, blockIO = {} }: Resources): UnitProperty[] {
  const swap = swapMax(memory.limit, memory.swap);
  const idle = cpu.idle !== undefined && BigInt(cpu.idle) === 1n;
  return [
    ...number("MemoryMax", memoryMax(memory.limit)),
    ...number("MemoryLow", memoryMax(memory.reservation)),
    ...number("MemorySwapMax", "value" in swap ? swap.value : undefined),
    ...number("CPUWeight", cpuWeight(cpu.shares)),
    ...(idle ? [property("CPUWeight", "t", ["0"], IDLE_SINCE)] : []),
    ...quota(cpu.quota, cpu.period),
    ...number("TasksMax", pidsMax(pids?.limit)),
    ...number("IOWeight", blockIO.weight ? ioWeight(blockIO.weight) : undefined),
    ...cpuset(cpu.cpus, cpu.mems),
  ];
}

function v1Properties({ memory = {}, cpu = {}, pids, blockIO = {} }: Resources): UnitProperty[] {
  return [
    ...number("MemoryLimit", positive(memory.limit)),
    ...number("CPUShares", positive(cpu.shares)),
    ...quota(cpu.quota, cpu.period),
    ...number("BlockIOWeight", positive(blockIO.weight)),
    ...number("TasksMax", pidsMax(pids?.limit)),
    ...cpuset(cpu.cpus, cpu.mems),
  ];
}

/** Rounded up, so that cgroups below can have all of what config.json gives; the file then gets the exact quota. */
function quota(most: Int64 | undefined, period: Int64 | undefined): UnitProperty[] {
  const [asked, each] = [BigInt(most ?? 0), BigInt(period ?? 0)];
  if (asked === 0n && each === 0n) return [];
  const exact = asked > 0n ? (asked * SECOND) / (each > 0n ? each : DEFAULT_PERIOD) : undefined;
  const perSecond = exact === undefined ? INFINITY : (((exact + PERCENT - 1n) / PERCENT) * PERCENT).toString();
  return [...(each > 0n ? number("CPUQuotaPeriodUSec", each.toString()) : []), property("CPUQuotaPerSecUSec", "t", [perSecond])];
}

function cpuset(cpus: string | undefined, mems: string | undefined): UnitProperty[] {
  return [...mask("AllowedCPUs", cpus), ...mask("AllowedMemoryNodes", mems)];
}

/** A list that is none is for the file to refuse. */
function mask(name: string, list: string | undefined): UnitProperty[] {
  const bytes: number[] = [];
  for (const range of (list ?? "").split(",").filter((part) => part.trim() !== "")) {
    const [, first = "", last = first] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(range) ?? [];
    if (first === "") return [];
    for (let bit = Number(first); bit <= Number(last); bit++) {
      while (bytes.length <= bit >> 3) bytes.push(0);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) | (1 << (bit & 7));
    }
  }
  return bytes.length === 0 ? [] : [property(name, "ay", [String(bytes.length), ...bytes.map(String)])];
}

const unifiedNames: Readonly<Record<string, string>> = {
  "cpu.weight": "CPUWeight",
  "memory.max": "MemoryMax",
  "memory.high": "MemoryHigh",
  "memory.low": "MemoryLow",
  "memory.min": "MemoryMin",
  "memory.swap.max": "MemorySwapMax",
  "pids.max": "TasksMax",
};

function unifiedProperties(unified: Readonly<Record<string, string>>): UnitProperty[] {
  const idle = unified["cpu.idle"]?.trim() === "1";
  const list = Object.entries(unified).flatMap(([file, text]) => unifiedProperty(file, text.trim(), idle));
  return idle ? [...list, property("CPUWeight", "t", ["0"], IDLE_SINCE)] : list;
}

/** A value that is none is for the file to refuse. */
function unifiedProperty(file: string, value: string, idle: boolean): UnitProperty[] {
  if (file === "cpuset.cpus") return cpuset(value, undefined);
  if (file === "cpuset.mems") return cpuset(undefined, value);
  if (file === "cpu.max") {
    const [, most, period = "0"] = /^(max|\d+)(?:\s+(\d+))?$/.exec(value) ?? [];
    return most === undefined ? [] : quota(most === "max" ? -1 : BigInt(most), BigInt(period));
  }
  const name = unifiedNames[file];
  if (name === undefined || !/^(max|\d+)$/.test(value) || (idle && name === "CPUWeight")) return [];
  return number(name, value);
}
