// /proc/PID/stat: is this still the process we started?
import { isErrno } from "../store/files.js";
import type { Native } from "../host/port.js";

export { inUserNamespace } from "../host/facts.js";

export interface ProcessStat {
  /** R S D Z T t X x K W P I */
  readonly state: string;
  readonly parent: number;
  /** Field 22, in clock ticks since boot: with the pid it names one process (pids are reused). */
  readonly startTime: string;
}

/** Of the fields behind the name, from 0. */
const START_TIME = 19;

/** The name in parentheses may hold spaces and parentheses: fields are counted from the last one. */
export function parseStat(text: string): ProcessStat {
  // Nothing behind the start time is wanted, nor split: `list` reads one for each container.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ", START_TIME + 1);
  return { state: fields[0] ?? "X", parent: Number(fields[1]), startTime: fields[START_TIME] ?? "" };
}

/** undefined: no such process. */
export function readStat(native: Native, pid: number): ProcessStat | undefined {
  const text = native.readTextIfThere(`/proc/${pid}/stat`);
  return text === null ? undefined : parseStat(text);
}

/** A zombie has ended: only its parent has not been told yet. */
function isOver(stat: ProcessStat | undefined): boolean {
  return stat === undefined || stat.state === "Z" || stat.state === "X" || stat.state === "x";
}

export function isAlive(native: Native, pid: number, startTime: string): boolean {
  const stat = readStat(native, pid);
  return !isOver(stat) && stat?.startTime === startTime;
}

/** Of a child of ours, whose pid is nobody else's before it is reaped. */
export function hasEnded(native: Native, pid: number): boolean {
  return isOver(readStat(native, pid));
}

/** Poll until the process has ended; false after `timeoutMs`. Ends of processes come within a millisecond as a rule. */
export function waitForEnd(native: Native, pid: number, startTime: string, timeoutMs: number): boolean {
  const end = native.now() + timeoutMs;
  for (let pause = 1; isAlive(native, pid, startTime); pause = Math.min(pause * 2, 100)) {
    if (native.now() >= end) return false;
    native.sleepMs(pause);
  }
  return true;
}

/** A pidfd of exactly that process, or undefined when it is gone: opened first, checked after, so that a reused pid is noticed. */
export function openProcess(native: Native, pid: number, startTime: string): number | undefined {
  let pidfd: number;
  try {
    pidfd = native.pidfdOpen(pid);
  } catch (error) {
    if (isErrno(error, "ESRCH", "EINVAL")) return undefined;
    throw error;
  }
  if (isAlive(native, pid, startTime)) return pidfd;
  native.close(pidfd);
  return undefined;
}
