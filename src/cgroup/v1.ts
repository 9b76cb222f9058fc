// linux.resources → files of cgroup v1 (Documentation/admin-guide/cgroup-v1). In the order of a fresh cgroup.
import { exact, pidsMax, positive } from "./convert.js";
import { ENOENT, type Entry, type Family, entry, rdmaFamily } from "./entry.js";
import type { BlockIO, Int64, Resources, ThrottleDevice } from "./resources.js";

type Entries = (Entry | undefined)[];

/** Docker's "not set": -1 as an unsigned number. */
const unsetSwappiness = (1n << 64n) - 1n;

function swappiness(value: Int64 | undefined): string | undefined {
  return value === undefined || BigInt(value) === unsetSwappiness ? undefined : exact(value);
}

/** `kernel` has no file any more (Linux 5.16 refuses writes to it): ignored, as runc does. The sum with swap may not be below the limit. */
function memory({ memory: m = {} }: Resources): Entries {
  const noSwap = positive(m.swap) === "-1" ? { tolerate: [ENOENT] } : {};
  return [
    entry("memory/useHierarchy", "memory.use_hierarchy", m.useHierarchy ? "1" : undefined),
    entry("memory/limit", "memory.limit_in_bytes", positive(m.limit)),
    entry("memory/swap", "memory.memsw.limit_in_bytes", positive(m.swap), noSwap),
    entry("memory/reservation", "memory.soft_limit_in_bytes", positive(m.reservation)),
    entry("memory/kernelTCP", "memory.kmem.tcp.limit_in_bytes", positive(m.kernelTCP)),
    entry("memory/swappiness", "memory.swappiness", swappiness(m.swappiness)),
    entry("memory/disableOOMKiller", "memory.oom_control", m.disableOOMKiller ? "1" : undefined),
  ];
}

/** The burst may not be above the quota, so it comes after; an idle cgroup takes no shares any more, so idle comes last. */
function cpu({ cpu: c = {} }: Resources): Entries {
  return [
    entry("cpu/shares", "cpu.shares", positive(c.shares)),
    entry("cpu/period", "cpu.cfs_period_us", positive(c.period)),
    entry("cpu/quota", "cpu.cfs_quota_us", positive(c.quota)),
    // Without CPU bandwidth bursts (before Linux 5.14) there are none to switch off.
    entry("cpu/burst", "cpu.cfs_burst_us", exact(c.burst), positive(c.burst) === undefined ? { tolerate: [ENOENT] } : {}),
    entry("cpu/realtimePeriod", "cpu.rt_period_us", positive(c.realtimePeriod)),
    entry("cpu/realtimeRuntime", "cpu.rt_runtime_us", positive(c.realtimeRuntime)),
    entry("cpu/idle", "cpu.idle", exact(c.idle)),
  ];
}

function cpuset({ cpu: c = {} }: Resources): Entries {
  return [entry("cpu/cpus", "cpuset.cpus", c.cpus || undefined), entry("cpu/mems", "cpuset.mems", c.mems || undefined)];
}

/** The weight's file has the scheduler's name since CFQ went (Linux 5.0) and BFQ stayed. */
function weights(io: BlockIO): Entries {
  const bfq = (file: string, value: string | undefined) => (value === undefined ? {} : { orElse: { file: `blkio.bfq.${file}`, value } });
  const weight = positive(io.weight);
  const devices = (io.weightDevice ?? []).flatMap((device, index) => {
    const at = `blockIO/weightDevice/${index}`;
    const line = (value: number | undefined) => (value ? `${device.major}:${device.minor} ${value}` : undefined);
    return [
      entry(`${at}/weight`, "blkio.weight_device", line(device.weight), bfq("weight_device", line(device.weight))),
      entry(`${at}/leafWeight`, "blkio.leaf_weight_device", line(device.leafWeight)),
    ];
  });
  return [
    entry("blockIO/weight", "blkio.weight", weight, bfq("weight", weight)),
    entry("blockIO/leafWeight", "blkio.leaf_weight", positive(io.leafWeight)),
    ...devices,
  ];
}

/** A rate of 0 is no limit. */
function throttle(property: string, file: string, devices: readonly ThrottleDevice[] | undefined): Entries {
  return (devices ?? []).map(({ major, minor, rate }, index) =>
    entry(`blockIO/${property}/${index}`, `blkio.throttle.${file}_device`, `${major}:${minor} ${rate ?? 0}`),
  );
}

function blkio({ blockIO: io = {} }: Resources): Entries {
  return [
    ...weights(io),
    ...throttle("throttleReadBpsDevice", "read_bps", io.throttleReadBpsDevice),
    ...throttle("throttleWriteBpsDevice", "write_bps", io.throttleWriteBpsDevice),
    ...throttle("throttleReadIOPSDevice", "read_iops", io.throttleReadIOPSDevice),
    ...throttle("throttleWriteIOPSDevice", "write_iops", io.throttleWriteIOPSDevice),
  ];
}

/** Both what is in use and what is reserved (Linux 5.7) are limited; 0 forbids all. */
function hugetlb({ hugepageLimits = [] }: Resources): Entries {
  return hugepageLimits.flatMap(({ pageSize, limit }, index) => [
    entry(`hugepageLimits/${index}`, `hugetlb.${pageSize}.limit_in_bytes`, exact(limit)),
    entry(`hugepageLimits/${index}`, `hugetlb.${pageSize}.rsvd.limit_in_bytes`, exact(limit), { tolerate: [ENOENT] }),
  ]);
}

export const v1Families: readonly Family[] = [
  { controller: "cpuset", entries: cpuset },
  { controller: "memory", entries: memory },
  { controller: "cpu", entries: cpu },
  { controller: "pids", entries: ({ pids }) => [entry("pids/limit", "pids.max", pidsMax(pids?.limit))] },
  { controller: "blkio", entries: blkio },
  { controller: "hugetlb", entries: hugetlb },
  rdmaFamily,
  {
    controller: "net_cls",
    entries: ({ network }) => [entry("network/classID", "net_cls.classid", positive(network?.classID))],
  },
  {
    controller: "net_prio",
    entries: ({ network }) =>
      (network?.priorities ?? []).map(({ name, priority }, index) =>
        entry(`network/priorities/${index}`, "net_prio.ifpriomap", `${name} ${priority}`),
      ),
  },
];
