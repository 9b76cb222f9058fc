// Cgroup directories as files: who is in one, freezing, removing. No policy here.
import { SysError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import { isErrno } from "../store/files.js";

const SIGKILL = 9;
/** Descriptors that signalling opens at a time: below every RLIMIT_NOFILE. */
const AT_ONCE = 256;

/** undefined: no such file (or its cgroup is gone: ENODEV). */
export function readIfThere(native: Native, file: string): string | undefined {
  return native.readTextIfThere(file) ?? undefined;
}

/** Names of the cgroups right below `dir`. */
function childCgroups(native: Native, dir: string): string[] {
  try {
    // Cgroup files all have a dot in their name but a few of v1 (tasks, notify_on_release): lstat tells.
    return native.readdir(dir).filter((name) => isDirectory(native, `${dir}/${name}`));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return [];
    throw error;
  }
}

/**
 * All cgroups below `dir`: `enter` each before those below it, `leave` it after them. The container may have nested them deeper than a path may
 * be long, or our stack goes: one step at a time, from a descriptor of the cgroup that we are in. Ends early where somebody removes that one.
 */
function eachCgroupBelow(native: Native, dir: string, enter: (path: string) => void, leave: (path: string) => void): void {
  let left = childCgroups(native, dir);
  if (left.length === 0) return;
  const above: { readonly name: string; readonly left: string[] }[] = [];
  let here = native.open(dir, ["path", "dir"], 0);
  const go = (to: string): void => {
    const there = native.open(`/proc/self/fd/${here}/${to}`, ["path", "dir", "nofollow"], 0);
    native.close(here);
    here = there;
  };
  try {
    for (;;) {
      const name = left.pop();
      if (name !== undefined) {
        enter(`/proc/self/fd/${here}/${name}`);
        go(name);
        above.push({ name, left });
        left = childCgroups(native, `/proc/self/fd/${here}`);
        continue;
      }
      const up = above.pop();
      if (up === undefined) return;
      go("..");
      left = up.left;
      leave(`/proc/self/fd/${here}/${up.name}`);
    }
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
  } finally {
    native.close(here);
  }
}

function isDirectory(native: Native, path: string): boolean {
  try {
    return native.lstat(path).type === "dir";
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return false;
    throw error;
  }
}

/** Pids of the cgroup and all below it, 0 (a process outside of our pid namespace) left out. */
export function processesIn(native: Native, dir: string): number[] {
  const pids = processesOf(native, dir);
  const add = (path: string): void => {
    for (const pid of processesOf(native, path)) pids.push(pid);
  };
  eachCgroupBelow(native, dir, add, () => undefined);
  return pids;
}

function processesOf(native: Native, dir: string): number[] {
  let text: string | undefined;
  try {
    text = readIfThere(native, `${dir}/cgroup.procs`);
  } catch (error) {
    // A threaded cgroup shows its processes only in its domain above.
    if (!isErrno(error, "EOPNOTSUPP")) throw error;
  }
  return (text ?? "")
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0);
}

export type FreezerState = "frozen" | "thawed";

/**
 * The v1 freezer's file or the v2 one, whichever the directory has; a cgroup of another hierarchy is never frozen. Nor is a v1 cgroup that
 * only a frozen one above it stops: this one cannot be thawed.
 */
export function freezerState(native: Native, dir: string, version: 1 | 2): FreezerState {
  const value = readIfThere(native, `${dir}/${version === 1 ? "freezer.state" : "cgroup.freeze"}`)?.trim();
  if (value === "1") return "frozen";
  if (value !== "FROZEN" && value !== "FREEZING") return "thawed";
  return readIfThere(native, `${dir}/freezer.self_freezing`)?.trim() === "0" ? "thawed" : "frozen";
}

export function thaw(native: Native, dir: string, version: 1 | 2): void {
  try {
    native.writeText(`${dir}/${version === 1 ? "freezer.state" : "cgroup.freeze"}`, version === 1 ? "THAWED" : "0");
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENODEV")) throw error;
  }
}

/** Signal every process of the cgroup once; for SIGKILL on v2 the kernel does it in one go (5.14). Returns how many there were. */
export function signalAll(native: Native, dir: string, version: 1 | 2, signal: number): number {
  const self = native.getpid();
  const pids = processesIn(native, dir).filter((pid) => pid !== self);
  if (pids.length > 0 && signal === SIGKILL && version === 2 && killWhole(native, dir)) return pids.length;
  for (let at = 0; at < pids.length; at += AT_ONCE) signalMembers(native, dir, pids.slice(at, at + AT_ONCE), signal);
  return pids.length;
}

/** A pid may be another process's by the time it is signalled: only a pidfd whose pid is in the cgroup after it was opened is used. */
function signalMembers(native: Native, dir: string, pids: readonly number[], signal: number): void {
  const opened: { readonly pid: number; readonly pidfd: number }[] = [];
  try {
    for (const pid of pids) tolerating(() => opened.push({ pid, pidfd: native.pidfdOpen(pid) }), "ESRCH", "EINVAL");
    const members = new Set(processesIn(native, dir));
    for (const { pid, pidfd } of opened) if (members.has(pid)) tolerating(() => native.pidfdSend(pidfd, signal), "ESRCH");
  } finally {
    for (const { pidfd } of opened) native.close(pidfd);
  }
}

function tolerating(call: () => void, ...codes: string[]): void {
  try {
    call();
  } catch (error) {
    if (!isErrno(error, ...codes)) throw error;
  }
}

function killWhole(native: Native, dir: string): boolean {
  try {
    native.writeText(`${dir}/cgroup.kill`, "1");
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

/** What is gone already is fine. False: it has processes or cgroups in it. */
export function removeEmpty(native: Native, dir: string): boolean {
  try {
    native.rmdir(dir);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    if (isErrno(error, "EBUSY", "ENOTEMPTY")) return false;
    throw error;
  }
}

/** Children first. EBUSY (a process that is still ending) is for the caller to retry. */
export function removeTree(native: Native, dir: string): void {
  if (removeEmpty(native, dir)) return;
  eachCgroupBelow(
    native,
    dir,
    () => undefined,
    (path) => remove(native, path),
  );
  remove(native, dir);
}

function remove(native: Native, dir: string): void {
  try {
    native.rmdir(dir);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

/** How many processes of this memory cgroup the kernel has killed for want of memory; 0 where that is not counted. */
export function oomKills(native: Native, dir: string, version: 1 | 2): number {
  const text = readIfThere(native, `${dir}/${version === 1 ? "memory.oom_control" : "memory.events"}`) ?? "";
  return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0);
}
