// Reading and writing the few files of a state directory. A state directory below a shared or user-owned root may hold what an
// attacker put there: links are not followed, only regular files are read, and no more than a cap of bytes.
import { errnoText } from "../errors/errno.js";
import { SysError, TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";

/** A config.json of Docker is some 20 kB; one with ten thousand mounts has 2 MB. */
const MAX_FILE = 64 * 1024 * 1024;
const CHUNK = 1024 * 1024;

export function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof SysError && codes.includes(error.code);
}

/** undefined: no such file. Throws as Native.readRegular; of a longer file than `most` the first bytes. */
export function readRegular(native: Native, path: string, most = MAX_FILE, ours = false): Uint8Array | undefined {
  if (__TSRUNC_WEAK__?.["state-files"]) return native.exists(path) ? native.readFile(path) : undefined;
  return native.readRegular(path, most, ours) ?? undefined;
}

/** All bytes up to end of file; `expected` is the first read's size. */
export function readAll(native: Native, fd: number, expected: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const asked = total === 0 ? expected + 1 : CHUNK;
    const chunk = native.read(fd, asked);
    if (chunk.length === 0) break;
    chunks.push(chunk);
    total += chunk.length;
    if (total > MAX_FILE) throw new TsruncError(`file larger than ${MAX_FILE} bytes`);
  }
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Of one through which nothing was written, or nothing that matters: it has gone whatever close(2) says, and nobody may close it again. */
export function giveUp(native: Native, fd: number): void {
  try {
    native.close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

/** tmp + rename in the same directory: a reader sees the old file or the whole new one. */
export function writeAtomic(native: Native, dir: string, name: string, data: string): void {
  writeAside(native, dir, name, data);
  showAside(native, dir, name);
}

/** The first half of writeAtomic. */
export function writeAside(native: Native, dir: string, name: string, data: string): void {
  const temporary = aside(dir, name);
  const fd = createNew(native, temporary);
  try {
    onFile(temporary, () => native.write(fd, data));
  } catch (error) {
    removeFile(native, temporary);
    throw error;
  } finally {
    native.close(fd);
  }
}

/** The second half. */
export function showAside(native: Native, dir: string, name: string): void {
  try {
    native.rename(aside(dir, name), `${dir}/${name}`);
  } catch (error) {
    removeFile(native, aside(dir, name));
    throw error;
  }
}

function aside(dir: string, name: string): string {
  return `${dir}/.${name}.new`;
}

/** A file of that name is what a command that was killed has left. */
function createNew(native: Native, path: string): number {
  const open = (): number => native.open(path, ["write", "create", "excl", "nofollow"], 0o600);
  try {
    return open();
  } catch (error) {
    if (!isErrno(error, "EEXIST")) throw error;
    removeFile(native, path);
    return open();
  }
}

/** The core knows descriptors only: an operator whose disk is full needs the name. */
export function onFile<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new SysError(`write("${path}")`, error.errno, error.code, errnoText(error.errno), path);
  }
}

/** unlink that does not mind a missing file. */
export function removeFile(native: Native, path: string): void {
  try {
    native.unlink(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

export function exists(native: Native, path: string): boolean {
  return native.exists(path);
}
