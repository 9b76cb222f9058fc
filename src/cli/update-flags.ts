// The limits that `update` takes as flags (survey 1.3), as a linux.resources document.
import { TsruncError } from "../errors/errors.js";
import type { FlagResources } from "../runtime/update-source.js";
import type { Resources } from "../spec/config.js";
import type { Int64 } from "../spec/json.js";
import { type Flag, type Parsed, text } from "./command.js";
import { parseSize } from "./units.js";

interface LimitFlag extends Flag {
  readonly value: string;
  /** Where it goes; absent: accepted and ignored, as runc does. */
  readonly at?: readonly [keyof Resources, string];
  readonly read?: (text: string) => Int64 | string | undefined;
}

const unsigned = (value: string): Int64 | undefined => (/^\d{1,20}$/.test(value) ? integer(value) : undefined);
const signed = (value: string): Int64 | undefined => (/^-?\d{1,19}$/.test(value) ? integer(value) : undefined);
const size = (value: string): Int64 | undefined => (value === "-1" ? -1 : parseSize(value));
const weight = (value: string): Int64 | undefined => (/^\d{1,5}$/.test(value) && Number(value) <= 65535 ? Number(value) : undefined);
const list = (value: string): string => value;

function integer(value: string): Int64 {
  const exact = BigInt(value);
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

const BYTES = "BYTES";
const USEC = "USEC";

export const limitFlags: readonly LimitFlag[] = [
  { name: "blkio-weight", value: "WEIGHT", help: "share of block I/O, 10 to 1000", at: ["blockIO", "weight"], read: weight },
  { name: "cpu-period", value: USEC, help: "period of the CPU limit", at: ["cpu", "period"], read: unsigned },
  { name: "cpu-quota", value: USEC, help: "CPU time in each period; -1: no limit", at: ["cpu", "quota"], read: signed },
  { name: "cpu-burst", value: USEC, help: "unused CPU time that may be saved up", at: ["cpu", "burst"], read: unsigned },
  { name: "cpu-share", value: "SHARES", help: "share of CPU time, 2 to 262144", at: ["cpu", "shares"], read: unsigned },
  { name: "cpu-rt-period", value: USEC, help: "period of the real-time limit", at: ["cpu", "realtimePeriod"], read: unsigned },
  { name: "cpu-rt-runtime", value: USEC, help: "real-time CPU time in each period", at: ["cpu", "realtimeRuntime"], read: signed },
  { name: "cpu-idle", value: "0|1", help: "1: run only when nobody else does", at: ["cpu", "idle"], read: signed },
  { name: "cpuset-cpus", value: "LIST", help: "CPUs that may be used: 0-3,7", at: ["cpu", "cpus"], read: list },
  { name: "cpuset-mems", value: "LIST", help: "memory nodes that may be used", at: ["cpu", "mems"], read: list },
  { name: "kernel-memory", value: BYTES, help: "ignored", hidden: true },
  { name: "kernel-memory-tcp", value: BYTES, help: "ignored", hidden: true },
  { name: "memory", value: BYTES, help: "most memory: 512M; -1: no limit", at: ["memory", "limit"], read: size },
  { name: "memory-reservation", value: BYTES, help: "soft limit, for when memory is short", at: ["memory", "reservation"], read: size },
  { name: "memory-swap", value: BYTES, help: "most memory and swap together; -1: no limit", at: ["memory", "swap"], read: size },
  { name: "pids-limit", value: "NUMBER", help: "most processes and threads; -1: no limit", at: ["pids", "limit"], read: signed },
];

export function resourcesOfFlags(parsed: Parsed): FlagResources {
  const resources: Record<string, Record<string, Int64 | string>> = {};
  const flags = new Map<string, string>();
  for (const { name, at, read } of limitFlags) {
    const given = text(parsed, name) ?? "";
    if (given === "" || at === undefined || read === undefined) continue;
    const value = read(given);
    if (value === undefined) throw new TsruncError(`invalid value for ${name}: ${JSON.stringify(given)}`, { at: `cli:--${name}` });
    const [group, property] = at;
    resources[group] = { ...resources[group], [property]: value };
    flags.set(`/${group}/${property}`, name);
  }
  return { resources: resources as Resources, flags };
}
