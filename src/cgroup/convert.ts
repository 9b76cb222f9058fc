// Values of config.json (those of cgroup v1) → text for cgroup files. undefined: not set, nothing is written.
import type { Int64 } from "./resources.js";

export const unlimited = -1n;

/** 0 is "not set" for almost every number (survey 2.11). */
export function positive(value: Int64 | undefined): string | undefined {
  return value === undefined || BigInt(value) === 0n ? undefined : BigInt(value).toString();
}

/** For the few numbers where 0 has a meaning. */
export function exact(value: Int64 | undefined): string | undefined {
  return value === undefined ? undefined : BigInt(value).toString();
}

/** v2 memory files: 0 is not set, -1 is `max`. */
export function memoryMax(value: Int64 | undefined): string | undefined {
  return value !== undefined && BigInt(value) === unlimited ? "max" : positive(value);
}

/** pids.max: 0 becomes 1, as runc does since systemd cannot set 0 (init is there already: no fork succeeds either way). */
export function pidsMax(value: Int64 | undefined): string | undefined {
  if (value === undefined) return undefined;
  const limit = BigInt(value);
  if (limit < 0n) return "max";
  return limit === 0n ? "1" : limit.toString();
}

/**
 * cpu.shares (2 to 262144, default 1024) → cpu.weight (1 to 10000, default 100): the curve through these three points that runc 1.3.2
 * and Kubernetes use.
 */
export function cpuWeight(shares: Int64 | undefined): string | undefined {
  const value = Number(shares ?? 0);
  if (value === 0) return undefined;
  if (value <= 2) return "1";
  if (value >= 262144) return "10000";
  const log = Math.log2(value);
  return Math.ceil(10 ** ((log * log + 125 * log) / 612 - 7 / 34)).toString();
}

/** cpu.max: "QUOTA PERIOD"; without a quota `max`, without a period the kernel's default. */
export function cpuMax(quota: Int64 | undefined, period: Int64 | undefined): string | undefined {
  if (positive(quota) === undefined && positive(period) === undefined) return undefined;
  const most = quota !== undefined && BigInt(quota) > 0n ? BigInt(quota).toString() : "max";
  return `${most} ${positive(period) ?? "100000"}`;
}

/** blkio weight (10 to 1000) → io.weight (1 to 10000). */
export function ioWeight(weight: number): string {
  return String(1 + Math.trunc(((weight - 10) * 9999) / 990));
}

/**
 * memory.swap.max from `swap`, which counts memory and swap together. Without a memory limit to take off, a limit of their sum cannot be
 * expressed ("swap"); a sum below the limit makes no sense ("less").
 */
export function swapMax(limit: Int64 | undefined, swap: Int64 | undefined): { value: string | undefined } | { refused: "swap" | "less" } {
  const memory = BigInt(limit ?? 0);
  const total = BigInt(swap ?? 0);
  if (memory === unlimited && total === 0n) return { value: "max" };
  if (total === 0n) return { value: undefined };
  if (total === unlimited) return { value: "max" };
  if (memory === unlimited) return { value: total.toString() };
  if (memory <= 0n) return { refused: "swap" };
  if (total < memory) return { refused: "less" };
  return { value: (total - memory).toString() };
}
