// CRIU's log: what went wrong is said only there.
import { SysError, TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import { readRegular } from "../store/files.js";

/** The last of many follow from the first ones: both ends are of interest. */
const LINES = 4;

/** `(00.012) Error (criu/mount.c:1): text` without its time, joined by "; ". Empty when there is no log. */
export function lastErrors(native: Native, file: string): string {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readRegular(native, file);
  } catch (error) {
    if (error instanceof SysError || error instanceof TsruncError) return "";
    throw error;
  }
  return bytes === undefined ? "" : errorLines(new TextDecoder().decode(bytes)).join("; ");
}

export function errorLines(log: string): string[] {
  return log
    .split("\n")
    .filter((line) => /^\([\d.]+\)\s.*Error\b/.test(line))
    .slice(-LINES)
    .map((line) => line.replace(/^\([\d.]+\)\s+/, "").trim());
}
