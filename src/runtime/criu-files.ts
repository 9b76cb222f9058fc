// Standard streams that lead to files of the host: CRIU cannot open them again from inside, and is handed those of the restore.
import { externalFile, mountIds } from "../criu/external.js";
import type { Native } from "../host/port.js";
import { SysError } from "../errors/errors.js";

/** /dev/null and its like; terminals are another matter (--shell-job). */
const MEMORY_DEVICES = 1;

/** For each of 0, 1 and 2 of the process its name in the images, undefined for what is no file of the host. */
export function hostFiles(native: Native, pid: number, mountinfo: string): (string | undefined)[] {
  const inside = mountIds(mountinfo);
  return [0, 1, 2].map((fd) => {
    try {
      return hostFile(native, `/proc/${pid}`, fd, inside);
    } catch (error) {
      // Closed.
      if (error instanceof SysError) return undefined;
      throw error;
    }
  });
}

function hostFile(native: Native, process: string, fd: number, inside: ReadonlySet<string>): string | undefined {
  const mount = /^mnt_id:\s*(\d+)$/m.exec(native.readText(`${process}/fdinfo/${fd}`))?.[1];
  if (mount === undefined || inside.has(mount) || !native.readlink(`${process}/fd/${fd}`).startsWith("/")) return undefined;
  const { type, rdev, ino } = native.stat(`${process}/fd/${fd}`);
  const major = Math.floor(rdev / 256) % 4096;
  return type === "file" || (type === "char" && major === MEMORY_DEVICES) ? externalFile(Number(mount), ino) : undefined;
}
