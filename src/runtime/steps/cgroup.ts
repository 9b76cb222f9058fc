// Cgroup directories of the container: made, joined, written, removed.
import { errnoText } from "../../errors/errno.js";
import { SysError, TsruncError } from "../../errors/errors.js";
import type { Native } from "../../host/port.js";
import type { Op, Step } from "../../plan/types.js";
import { exists, giveUp, isErrno } from "../../store/files.js";
import { dirName } from "../../store/paths.js";
import { freezerState, processesIn, readIfThere, removeEmpty, removeTree, signalAll, thaw } from "../cgroup-files.js";
import { childOf, type Execution, fillSlot } from "../execution.js";

const SIGKILL = 9;
const JOIN_TRIES = 5;
const JOIN_PAUSE_MS = 30;
const REMOVE_MS = 10_000;
const DELEGATE = "/sys/kernel/cgroup/delegate";

/** A cgroup that others live in is never taken over: its limits would be changed, and delete would kill them. */
export function checkUnused(op: Op<"cgroup.create">, run: Execution): void {
  const native = run.context.native;
  if (op.dir === op.mountpoint) throw new TsruncError(`container's cgroup is the root of ${op.mountpoint}: set linux.cgroupsPath`);
  if (!exists(native, op.dir)) return;
  // systemd may have put the container's own process there.
  const own = run.child?.pid;
  const count = processesIn(native, op.dir).filter((pid) => pid !== own).length;
  if (count > 0) throw new TsruncError(`container's cgroup is not empty: ${count} process(es) found`);
  if (freezerState(native, op.dir, op.version === 1 ? 1 : 2) === "frozen") throw new TsruncError("container's cgroup unexpectedly frozen");
}

export function create(op: Op<"cgroup.create">, run: Execution): void {
  make(op, run.context.native);
  refuseFrozen(op, run.context.native);
}

/** By a cgroup above it: who enters it stops there and then, and we would wait for ever. Nothing freezes the root of a hierarchy. */
function refuseFrozen(op: Op<"cgroup.create">, native: Native): void {
  if (dirName(op.dir) === op.mountpoint) return;
  const frozen =
    op.version === 1
      ? op.controllers.includes("freezer") && (readIfThere(native, `${op.dir}/freezer.state`) ?? "").startsWith("FR")
      : /^frozen 1$/m.test(readIfThere(native, `${op.dir}/cgroup.events`) ?? "");
  if (frozen) throw new TsruncError("container's cgroup unexpectedly frozen", { hint: `a cgroup above ${op.dir} is` });
}

function make(op: Op<"cgroup.create">, native: Native): void {
  const levels = levelsBelow(op.mountpoint, op.dir);
  if (op.version === 2) {
    for (const level of levels) {
      enableControllers(native, dirName(level), op.controllers);
      makeCgroup(native, level);
    }
    return;
  }
  const cpuset = op.controllers.includes("cpuset");
  if (!cpuset && makeLeaf(native, op.dir)) return;
  for (const level of levels) {
    const made = makeCgroup(native, level);
    if (cpuset) inheritCpuset(native, level, made);
  }
}

/** "/sys/fs/cgroup", "/sys/fs/cgroup/a/b" -> ["/sys/fs/cgroup/a", "/sys/fs/cgroup/a/b"] */
export function levelsBelow(mountpoint: string, dir: string): string[] {
  if (!dir.startsWith(`${mountpoint}/`)) throw new TsruncError(`${dir} is not below ${mountpoint}`);
  const parts = dir.slice(mountpoint.length + 1);
  if (!parts.includes("/")) return [dir];
  const levels: string[] = [];
  let path = mountpoint;
  for (const part of parts.split("/")) levels.push((path = `${path}/${part}`));
  return levels;
}

/** Most often the parent is there: one mkdir instead of one for each level. */
function makeLeaf(native: Native, dir: string): boolean {
  try {
    native.mkdir(dir, 0o755);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return true;
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

/** Whether it is new. */
function makeCgroup(native: Native, dir: string): boolean {
  try {
    native.mkdir(dir, 0o755);
    return true;
  } catch (error) {
    if (!exists(native, dir)) throw error;
    return false;
  }
}

/** One at a time: a controller that fails (no inner processes, not delegated) must not take the others with it. */
function enableControllers(native: Native, dir: string, controllers: readonly string[]): void {
  if (controllers.length === 0) return;
  const file = `${dir}/cgroup.subtree_control`;
  const enabled = (readIfThere(native, file) ?? "").trim().split(" ");
  const missing = controllers.filter((name) => !enabled.includes(name));
  if (missing.length > 0 && hasProcesses(native, dir)) return;
  for (const controller of missing) {
    try {
      native.writeText(file, `+${controller}`);
    } catch {
      // A limit that needs it fails later, and its message names the controller.
    }
  }
}

/**
 * Its own, of a cgroup with a parent: the kernel refuses memory and io then (no internal processes), but takes cpu and pids, and makes of somebody's
 * cgroup a threaded domain for it, below which no container can be.
 */
function hasProcesses(native: Native, dir: string): boolean {
  if (readIfThere(native, `${dir}/cgroup.type`) === undefined) return false;
  try {
    return (readIfThere(native, `${dir}/cgroup.procs`) ?? "").trim() !== "";
  } catch (error) {
    // It is threaded already.
    if (isErrno(error, "EOPNOTSUPP")) return true;
    throw error;
  }
}

/** A new v1 cpuset has no cpus and no mems, and no process can be put there (cpuset(7), ENOSPC). */
function inheritCpuset(native: Native, dir: string, made: boolean): void {
  for (const name of ["cpuset.cpus", "cpuset.mems"]) {
    const file = `${dir}/${name}`;
    if (!made && (readIfThere(native, file) ?? "").trim() !== "") continue;
    const value = (readIfThere(native, `${dirName(dir)}/${name}`) ?? "").trim();
    if (value !== "") native.writeText(file, value);
  }
}

export function remove(op: Op<"cgroup.remove">, run: Execution): void {
  const native = run.context.native;
  if (removeEmpty(native, op.dir)) return;
  // The root of a hierarchy has no parent that is a cgroup; killing all in it would end the host.
  if (!exists(native, `${dirName(op.dir)}/cgroup.procs`)) return;
  const version = op.version === 1 ? 1 : 2;
  const end = native.now() + REMOVE_MS;
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    try {
      removeTree(native, op.dir);
      return;
    } catch (error) {
      if (!isErrno(error, "EBUSY", "ENOTEMPTY") || native.now() >= end) throw error;
    }
    if (freezerState(native, op.dir, version) === "frozen") thaw(native, op.dir, version);
    signalAll(native, op.dir, version, SIGKILL);
    native.sleepMs(pause);
  }
}

export function open(op: Op<"cgroup.open">, run: Execution): void {
  fillSlot(run, op.slot, run.context.native.open(op.dir, ["path", "dir", "nofollow"], 0));
}

export function join(op: Op<"cgroup.join">, run: Execution): void {
  const native = run.context.native;
  const pid = String(childOf(run).pid);
  for (const dir of op.dirs) if (dir !== run.bornIn) joinOne(native, `${dir}/cgroup.procs`, pid);
}

/** By /proc/PID/cgroup of init, whose line of v2 is `0::PATH` in our cgroup namespace. */
export function follow(op: Op<"cgroup.follow">, run: Execution): void {
  const native = run.context.native;
  const path = /^0::(.*)$/m.exec(native.readText(`/proc/${run.initPid}/cgroup`))?.[1];
  if (path === undefined) throw new TsruncError("the container's init is in no v2 cgroup");
  joinOne(native, `${op.mountpoint}${path === "/" ? "" : path}/cgroup.procs`, String(childOf(run).pid));
}

/** EINVAL and ENOENT pass while the parent changes under us, ESRCH while the pid is not visible yet (survey 2.11, 6.4 #39). */
export function joinOne(native: Native, file: string, pid: string): void {
  for (let tries = 1; ; tries++) {
    try {
      native.writeText(file, pid);
      return;
    } catch (error) {
      if (tries === JOIN_TRIES || !isErrno(error, "EINVAL", "ESRCH", "ENOENT")) throw error;
      native.sleepMs(JOIN_PAUSE_MS);
    }
  }
}

export function write(op: Op<"cgroup.write">, run: Execution): void {
  run.context.native.writeText(op.file, op.value);
}

/** A rule that is tolerated to fail keeps none of the others from being written. */
export function writeRules(
  { file, rules }: Op<"cgroup.rules">,
  { context: { native } }: Execution,
  { tolerate }: Pick<Step, "tolerate">,
): void {
  const fd = native.open(file, ["write"], 0);
  try {
    for (const rule of rules) {
      try {
        native.writeOnce(fd, rule);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (tolerate?.includes(error.errno)) continue;
        throw new SysError(`write("${file}", "${rule}")`, error.errno, error.code, errnoText(error.errno), file);
      }
    }
  } finally {
    giveUp(native, fd);
  }
}

export function attachDevices(op: Op<"cgroup.devices">, run: Execution): void {
  run.context.native.cgroupDeviceAttach(op.dir, op.program);
}

/** The files a delegatee may write are the kernel's to name (4.15); the three of old where it does not. */
export function own(op: Op<"cgroup.own">, run: Execution): void {
  const native = run.context.native;
  const listed = readIfThere(native, DELEGATE) ?? "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
  native.chown(op.dir, op.uid, op.gid);
  for (const file of listed.split("\n").filter((name) => name !== "" && !name.includes("/"))) {
    try {
      native.chown(`${op.dir}/${file}`, op.uid, op.gid);
    } catch (error) {
      // Some of them depend on the kernel's configuration (memory.oom.group, memory.reclaim).
      if (!isErrno(error, "ENOENT")) throw error;
    }
  }
}
