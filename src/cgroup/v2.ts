// linux.resources → files of cgroup v2 (Documentation/admin-guide/cgroup-v2.rst). What v2 has no file for is refused by the rules of
// src/spec, not here: memory swappiness and disableOOMKiller, real-time CPU, leaf weights, network.
import { TsruncError } from "../errors/errors.js";
import { cpuMax, cpuWeight, exact, ioWeight, memoryMax, pidsMax, positive, swapMax } from "./convert.js";
import { ENOENT, type Entry, type Family, entry, rdmaFamily } from "./entry.js";
import type { Resources, ThrottleDevice, WeightDevice } from "./resources.js";

type Entries = (Entry | undefined)[];

function memory({ memory: m = {} }: Resources): Entries {
  const swap = swapMax(m.limit, m.swap);
  if ("refused" in swap) {
    const at = "/linux/resources/memory/swap";
    const why = { swap: "unable to set swap limit without memory limit", less: "memory+swap limit should be >= memory limit" };
    throw new TsruncError(`${at}: ${why[swap.refused]}`, { at });
  }
  // A kernel without swap accounting has no such file: nothing to lift or to forbid.
  const harmless = swap.value === "max" || swap.value === "0";
  return [
    entry("memory/swap", "memory.swap.max", swap.value, harmless ? { tolerate: [ENOENT] } : {}),
    entry("memory/limit", "memory.max", memoryMax(m.limit)),
    entry("memory/reservation", "memory.low", memoryMax(m.reservation)),
  ];
}

/** The weight before idle: an idle cgroup takes none. The burst after the quota, which it may not exceed. */
function cpu({ cpu: c = {} }: Resources): Entries {
  return [
    entry("cpu/shares", "cpu.weight", cpuWeight(c.shares)),
    entry(positive(c.quota) === undefined ? "cpu/period" : "cpu/quota", "cpu.max", cpuMax(c.quota, c.period)),
    entry("cpu/burst", "cpu.max.burst", exact(c.burst), positive(c.burst) === undefined ? { tolerate: [ENOENT] } : {}),
    entry("cpu/idle", "cpu.idle", exact(c.idle)),
  ];
}

function cpuset({ cpu: c = {} }: Resources): Entries {
  return [entry("cpu/cpus", "cpuset.cpus", c.cpus || undefined), entry("cpu/mems", "cpuset.mems", c.mems || undefined)];
}

/** BFQ takes weights as config.json has them; io.weight (blk-iocost) has ten times the range. */
function weight(property: string, prefix: string, value: number | undefined): Entry | undefined {
  if (!value) return undefined;
  return entry(property, "io.bfq.weight", `${prefix}${value}`, { orElse: { file: "io.weight", value: `${prefix}${ioWeight(value)}` } });
}

function deviceWeights(devices: readonly WeightDevice[] | undefined): Entries {
  return (devices ?? []).map((device, index) =>
    weight(`blockIO/weightDevice/${index}/weight`, `${device.major}:${device.minor} `, device.weight),
  );
}

function throttle(property: string, key: string, devices: readonly ThrottleDevice[] | undefined): Entries {
  return (devices ?? []).map(({ major, minor, rate }, index) =>
    entry(`blockIO/${property}/${index}`, "io.max", `${major}:${minor} ${key}=${positive(rate) ?? "max"}`),
  );
}

function io({ blockIO: b = {} }: Resources): Entries {
  return [
    weight("blockIO/weight", "", b.weight),
    ...deviceWeights(b.weightDevice),
    ...throttle("throttleReadBpsDevice", "rbps", b.throttleReadBpsDevice),
    ...throttle("throttleWriteBpsDevice", "wbps", b.throttleWriteBpsDevice),
    ...throttle("throttleReadIOPSDevice", "riops", b.throttleReadIOPSDevice),
    ...throttle("throttleWriteIOPSDevice", "wiops", b.throttleWriteIOPSDevice),
  ];
}

function hugetlb({ hugepageLimits = [] }: Resources): Entries {
  return hugepageLimits.flatMap(({ pageSize, limit }, index) => [
    entry(`hugepageLimits/${index}`, `hugetlb.${pageSize}.max`, exact(limit)),
    entry(`hugepageLimits/${index}`, `hugetlb.${pageSize}.rsvd.max`, exact(limit), { tolerate: [ENOENT] }),
  ]);
}

export const v2Families: readonly Family[] = [
  { controller: "pids", entries: ({ pids }) => [entry("pids/limit", "pids.max", pidsMax(pids?.limit))] },
  { controller: "memory", entries: memory },
  { controller: "io", entries: io },
  { controller: "cpu", entries: cpu },
  { controller: "cpuset", entries: cpuset },
  { controller: "hugetlb", entries: hugetlb },
  rdmaFamily,
];
