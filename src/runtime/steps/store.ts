// The state store's steps and the pid file.
import { SysError } from "../../errors/errors.js";
import type { Native } from "../../host/port.js";
import { undoList } from "../../plan/journal.js";
import type { Op } from "../../plan/types.js";
import { isErrno, readRegular, removeFile } from "../../store/files.js";
import { baseName, dirName } from "../../store/paths.js";
import { createDetails, type Execution, newPid } from "../execution.js";

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
  const pid = newPid(run);
  const descriptors = stdioLinks(run.context.native, pid);
  const saved = { ...details.state, pid, startTime: run.startTime, descriptors, cgroups: details.cgroups };
  run.entry.saveState(saved);
  run.saved = saved;
}

/** As they were before the program could change them: `checkpoint` has to tell the engine's pipes from others. */
function stdioLinks(native: Native, pid: number): string[] {
  return [0, 1, 2].map((fd) => {
    try {
      return native.readlink(`/proc/${pid}/fd/${fd}`);
    } catch (error) {
      // Closed, or not for us to see (a rootless init that is not dumpable).
      if (error instanceof SysError) return "";
      throw error;
    }
  });
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
    const pid = run.child === undefined ? run.initPid : newPid(run);
    if (bytes === undefined || pid === 0) return;
    if (new TextDecoder().decode(bytes) === String(pid)) native.unlink(op.path);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
  }
}
