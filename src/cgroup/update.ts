// The writes of `update` in an order that the kernel accepts from the values that are there, and how to take each back.
import type { Facts } from "../plan/facts.js";
import { changedResources } from "./merge.js";
import type { CgroupPlace } from "./place.js";
import type { Resources } from "./resources.js";
import { type CgroupWrite, limitWrites } from "./writes.js";

/** What a cgroup file says, and those that effectiveFile() names; absent: there is no such file. */
export type Before = ReadonlyMap<string, string>;

const EINVAL = 22;

export function updateWrites(update: Resources, merged: Resources, places: readonly CgroupPlace[], facts: Facts): CgroupWrite[] {
  const version = places.some((place) => place.version === 1) ? 1 : 2;
  return limitWrites(changedResources(update, merged, version), places, facts);
}

export function inUpdateOrder(writes: readonly CgroupWrite[], before: Before): CgroupWrite[] {
  return cpusetLast(twice(idleFirst(swapFirst(writes, before))), before);
}

/** v2 has it beside cpuset.cpus and cpuset.mems. */
export function effectiveFile(file: string): string {
  return `${file}.effective`;
}

/** An empty cpuset of v2 that gets a value can not become empty again (ENOSPC): nothing that may fail comes after it. */
function cpusetLast(writes: readonly CgroupWrite[], before: Before): CgroupWrite[] {
  const late = ({ file }: CgroupWrite): boolean => before.has(effectiveFile(file));
  return [...writes.filter((write) => !late(write)), ...writes.filter(late)];
}

function nameOf({ file }: CgroupWrite): string {
  return file.slice(file.lastIndexOf("/") + 1);
}

/** v1: the sum with swap may never be below the memory limit, so what grows comes first. */
function swapFirst(writes: readonly CgroupWrite[], before: Before): CgroupWrite[] {
  const limit = writes.find((write) => nameOf(write) === "memory.limit_in_bytes");
  const swap = writes.find((write) => nameOf(write) === "memory.memsw.limit_in_bytes");
  if (limit === undefined || swap === undefined) return [...writes];
  const now = BigInt(before.get(limit.file)?.trim() || 0);
  if (swap.value !== "-1" && now >= BigInt(swap.value)) return [...writes];
  return writes.flatMap((write) => (write === limit ? [swap, limit] : write === swap ? [] : [write]));
}

/** An idle cgroup takes no shares: it stops being idle before it gets them. */
function idleFirst(writes: readonly CgroupWrite[]): CgroupWrite[] {
  const ends = (write: CgroupWrite): boolean => nameOf(write) === "cpu.idle" && write.value === "0";
  return [...writes.filter(ends), ...writes.filter((write) => !ends(write))];
}

/** The kernel checks these against the value of the other file, which may be the old one still: tried before it and written again after it. */
const partners: Readonly<Record<string, string>> = {
  "cpu.cfs_period_us": "cpu.cfs_quota_us",
  "cpu.cfs_burst_us": "cpu.cfs_quota_us",
  "cpu.rt_period_us": "cpu.rt_runtime_us",
  "cpu.max.burst": "cpu.max",
};

function twice(writes: readonly CgroupWrite[]): CgroupWrite[] {
  const waits = (write: CgroupWrite): boolean => writes.some((other) => nameOf(other) === partners[nameOf(write)]);
  const waitingFor = (write: CgroupWrite): CgroupWrite[] => writes.filter((other) => partners[nameOf(other)] === nameOf(write));
  const tried = (write: CgroupWrite): CgroupWrite => ({ ...write, tolerate: [...(write.tolerate ?? []), EINVAL] });
  return writes.filter((write) => !waits(write)).flatMap((write) => [...waitingFor(write).map(tried), write, ...waitingFor(write)]);
}
