// `update`: what is asked for on top of what the container has (survey 3.12). Partial: what is absent, or 0 where 0 is "not set", stays.
import { positive } from "./convert.js";
import type { BlockIO, Cpu, Int64, Memory, Resources, ThrottleDevice } from "./resources.js";

/** The container's resources after the update, as its state keeps them. A list of device rules replaces the one before. */
export function mergeResources(saved: Resources, update: Resources): Resources {
  const merged = {
    ...saved,
    devices: update.devices === undefined || update.devices.length === 0 ? saved.devices : update.devices,
    memory: mergeMemory(saved.memory ?? {}, update.memory ?? {}),
    cpu: mergeCpu(saved.cpu ?? {}, update.cpu ?? {}),
    pids: update.pids?.limit === undefined ? saved.pids : update.pids,
    blockIO: mergeBlockIO(saved.blockIO ?? {}, update.blockIO ?? {}),
    hugepageLimits: upsert(saved.hugepageLimits, update.hugepageLimits, ({ pageSize }) => pageSize),
    network: update.network === undefined ? saved.network : { ...saved.network, ...update.network },
    rdma: update.rdma === undefined ? saved.rdma : { ...saved.rdma, ...update.rdma },
    unified: update.unified === undefined ? saved.unified : { ...saved.unified, ...update.unified },
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined && !isEmpty(value)));
}

/**
 * What has to be written for it. cgroup v2 has one file where v1 has two: the other half of quota and period, of memory and swap, comes
 * from `merged`.
 */
export function changedResources(update: Resources, merged: Resources, version: 1 | 2): Resources {
  const { memory, cpu, pids, blockIO, hugepageLimits, network, rdma, unified } = update;
  return {
    memory: changedMemory(memory ?? {}, merged, version),
    cpu: changedCpu(cpu ?? {}, merged, version),
    pids,
    blockIO,
    hugepageLimits,
    network,
    rdma,
    unified,
  };
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

function isSet(value: Int64 | undefined): boolean {
  return positive(value) !== undefined;
}

/** Those of `update` that are set, and are no empty strings. */
function setOf<T extends object>(update: T, ...names: (keyof T)[]): Partial<T> {
  const set = names.filter((name) => {
    const value = update[name] as unknown;
    return typeof value === "string" ? value !== "" : isSet(value as Int64 | undefined);
  });
  return Object.fromEntries(set.map((name) => [name, update[name]])) as Partial<T>;
}

/** Those that 0 means something to. */
function definedOf<T extends object>(update: T, ...names: (keyof T)[]): Partial<T> {
  return Object.fromEntries(names.filter((name) => update[name] !== undefined).map((name) => [name, update[name]])) as Partial<T>;
}

/** No limit of memory alone means none of the sum either. */
function swapFollows({ limit, swap }: Memory): boolean {
  return limit !== undefined && BigInt(limit) === -1n && !isSet(swap);
}

function asked(update: Memory): Memory {
  return {
    ...setOf(update, "limit", "reservation", "swap"),
    ...(swapFollows(update) && { swap: -1 }),
    ...definedOf(update, "swappiness", "disableOOMKiller", "checkBeforeUpdate"),
  };
}

function mergeMemory(saved: Memory, update: Memory): Memory {
  return { ...saved, ...asked(update) };
}

function changedMemory(update: Memory, { memory = {} }: Resources, version: 1 | 2): Memory {
  const wanted = asked(update);
  if (version === 1 || (!isSet(wanted.limit) && !isSet(wanted.swap))) return wanted;
  return { ...wanted, limit: memory.limit, swap: memory.swap };
}

function mergeCpu(saved: Cpu, update: Cpu): Cpu {
  return { ...saved, ...askedCpu(update) };
}

function askedCpu(update: Cpu): Cpu {
  return {
    ...setOf(update, "shares", "quota", "period", "realtimeRuntime", "realtimePeriod", "cpus", "mems"),
    ...definedOf(update, "burst", "idle"),
  };
}

function changedCpu(update: Cpu, { cpu = {} }: Resources, version: 1 | 2): Cpu {
  const wanted = askedCpu(update);
  if (version === 1 || (!isSet(wanted.quota) && !isSet(wanted.period))) return wanted;
  return { ...wanted, quota: cpu.quota, period: cpu.period };
}

function mergeBlockIO(saved: BlockIO, update: BlockIO): BlockIO {
  const device = ({ major, minor }: { major: Int64; minor: Int64 }): string => `${major}:${minor}`;
  const rates = (name: Exclude<keyof BlockIO, "weight" | "leafWeight" | "weightDevice">): Partial<BlockIO> => {
    const list = upsert<ThrottleDevice>(saved[name], update[name], device);
    return list === undefined ? {} : { [name]: list };
  };
  const weightDevice = upsert(saved.weightDevice, update.weightDevice, device);
  return {
    ...saved,
    ...setOf(update, "weight", "leafWeight"),
    ...(weightDevice && { weightDevice }),
    ...rates("throttleReadBpsDevice"),
    ...rates("throttleWriteBpsDevice"),
    ...rates("throttleReadIOPSDevice"),
    ...rates("throttleWriteIOPSDevice"),
  };
}

/** An entry of the same key is replaced where it is, others are appended. */
function upsert<T>(saved: readonly T[] | undefined, update: readonly T[] | undefined, key: (item: T) => string): readonly T[] | undefined {
  if (update === undefined || update.length === 0) return saved;
  const items = new Map((saved ?? []).map((item) => [key(item), item] as const));
  for (const item of update) items.set(key(item), item);
  return [...items.values()];
}
