// The state store's steps and the pid file.
import { SysError } from "../../errors/errors.js";
import type { Native } from "../../host/port.js";
import { undoList } from "../../plan/journal.js";
import type { Op } from "../../plan/types.js";
import { isErrno, readRegular, removeFile } from "../../store/files.js";
import { baseName, dirName } from "../../store/paths.js";
import type { SavedState } from "../../store/state.js";
import { createDetails, type Execution, newPid } from "../execution.js";

export function create(_op: Op<"store.create">, run: Execution): void {
  run.entry.create();
  try {
    run.entry.saveJournal({ version: 1, id: run.plan.id, undo: undoList(run.plan) });
  } catch (error) {
    removeAgain(run);
    throw error;
  }
}

/** What made the create fail may not let us remove it either: `delete --force` will. */
function removeAgain({ entry, context }: Execution): void {
  try {
    entry.remove();
  } catch (error) {
    context.log.debug(`${entry.dir} is left: ${String(error)}`);
  }
}

/**
 * While init works: what store.save is going to show is written already, if nothing of it can change any more. With a terminal init's
 * descriptors do, and with a stage there is no init yet.
 */
export function prepareSave(run: Execution): void {
  const { create, child, context } = run;
  if (create === undefined || child === undefined || child.initPid === 0 || create.terminal) return;
  const descriptors = create.stdio.map((fd) => descriptorLink(context.native, `/proc/self/fd/${fd}`));
  const prepared = stateOf(run, descriptors);
  try {
    run.entry.prepareState(prepared);
    run.prepared = prepared;
  } catch (error) {
    // store.save tries again, and says it under its own name.
    if (!(error instanceof SysError)) throw error;
  }
}

export function save(_op: Op<"store.save">, run: Execution): void {
  if (run.prepared === undefined) run.entry.saveState((run.saved = stateOf(run, stdioLinks(run.context.native, newPid(run)))));
  else {
    run.entry.commitState();
    run.saved = run.prepared;
  }
}

function stateOf(run: Execution, descriptors: string[]): SavedState {
  const { state, cgroups } = createDetails(run);
  return { ...state, pid: newPid(run), startTime: run.startTime, descriptors, cgroups };
}

/** As they were before the program could change them: `checkpoint` has to tell the engine's pipes from others. */
function stdioLinks(native: Native, pid: number): string[] {
  return [0, 1, 2].map((fd) => descriptorLink(native, `/proc/${pid}/fd/${fd}`));
}

function descriptorLink(native: Native, path: string): string {
  try {
    return native.readlink(path);
  } catch (error) {
    // Closed, or not for us to see (a rootless init that is not dumpable).
    if (error instanceof SysError) return "";
    throw error;
  }
}

export function createNotify(_op: Op<"notify.create">, run: Execution): void {
  run.context.native.mkdir(`${run.entry.dir}/notify`, 0o755);
  // Whatever the umask: the program's user passes through it.
  run.context.native.chmod(`${run.entry.dir}/notify`, 0o755);
}

export function remove(_op: Op<"store.remove">, run: Execution): void {
  run.entry.remove();
}

/** Engines read it with atoi after the rename shows it: never half, and without a newline, which Go's Atoi refuses (survey 3.1). */
export function writePidFile(op: Op<"pidfile.write">, run: Execution): void {
  const native = run.context.native;
  const pid = String(newPid(run));
  // rename(2) would put a file in the place of /dev/null, as runc does. What is no device any more by now (a link, in a directory that others
  // may write to) is neither followed nor emptied.
  if (__TSRUNC_WEAK__?.["pid-file"] && isDevice(native, op.path)) return native.writeText(op.path, pid);
  if (isDevice(native, op.path)) return writePid(native, op.path, ["write", "nofollow"], pid);
  const temporary = `${dirName(op.path)}/.${baseName(op.path)}`;
  removeFile(native, temporary);
  writePid(native, temporary, ["write", "create", "excl", "nofollow"], pid);
  native.rename(temporary, op.path);
}

function writePid(native: Native, path: string, flags: Parameters<Native["open"]>[1], pid: string): void {
  const fd = native.open(path, flags, 0o666);
  try {
    native.writeOnce(fd, pid);
  } finally {
    native.close(fd);
  }
}

function isDevice(native: Native, path: string): boolean {
  try {
    return !["file", "dir", "link"].includes(native.lstat(path).type);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

/** Only while it still names our process: the caller may have used the path again. */
export function removePidFile(op: Op<"pidfile.remove">, run: Execution): void {
  const native = run.context.native;
  try {
    const bytes = readRegular(native, op.path);
    const pid = run.child === undefined ? run.initPid : newPid(run);
    if (bytes === undefined || pid === 0) return;
    if (new TextDecoder().decode(bytes) === String(pid)) native.unlink(op.path);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
  }
}
