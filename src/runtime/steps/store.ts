// The state store's steps and the pid file.
import { undoList } from "../../plan/journal.js";
import type { Native } from "../../host/port.js";
import type { Op } from "../../plan/types.js";
import { isErrno, readRegular, removeFile } from "../../store/files.js";
import { baseName, dirName } from "../../store/paths.js";
import { createDetails, childOf, type Execution } from "../execution.js";

export function create(_op: Op<"store.create">, run: Execution): void {
  run.entry.create();
  try {
    run.entry.saveJournal({ version: 1, id: run.plan.id, undo: undoList(run.plan) });
  } catch (error) {
    run.entry.remove();
    throw error;
  }
}

export function save(_op: Op<"store.save">, run: Execution): void {
  const details = createDetails(run);
  const pid = childOf(run).initPid;
  run.entry.saveState({ ...details.state, pid, startTime: run.startTime, cgroups: details.cgroups });
}

export function remove(_op: Op<"store.remove">, run: Execution): void {
  run.entry.remove();
}

/** Engines read it with atoi after the rename shows it: never half, and without a newline, which Go's Atoi refuses (survey 3.1). */
export function writePidFile(op: Op<"pidfile.write">, run: Execution): void {
  const native = run.context.native;
  const pid = String(childOf(run).initPid);
  // rename(2) would put a file in the place of /dev/null, as runc does.
  if (isDevice(native, op.path)) return native.writeText(op.path, pid);
  const temporary = `${dirName(op.path)}/.${baseName(op.path)}`;
  removeFile(native, temporary);
  const fd = native.open(temporary, ["write", "create", "excl", "nofollow"], 0o666);
  try {
    native.writeOnce(fd, pid);
  } finally {
    native.close(fd);
  }
  native.rename(temporary, op.path);
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
    const pid = run.child?.initPid ?? run.initPid;
    if (bytes === undefined || pid === 0) return;
    if (new TextDecoder().decode(bytes) === String(pid)) native.unlink(op.path);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
  }
}
