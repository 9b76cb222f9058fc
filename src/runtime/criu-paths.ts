// The directories of a checkpoint, and descriptors.json in it.
import type { Directories } from "../criu/request.js";
import { TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import { parseJson, stringifyJson } from "../spec/json.js";
import { isErrno, readRegular, removeFile } from "../store/files.js";
import { absolutePath } from "../store/paths.js";
import type { Context } from "./context.js";

const DEFAULT_IMAGES = "checkpoint";
const DESCRIPTORS = "descriptors.json";
/** Images hold the memory of the program, keys and all. */
const DIRECTORY_MODE = 0o700;

export interface DirectoryFlags {
  readonly imagePath: string | undefined;
  readonly workPath: string | undefined;
}

export function directories(context: Context, { imagePath, workPath }: DirectoryFlags): Directories {
  const images = absolutePath(imagePath ?? DEFAULT_IMAGES, context.cwd);
  return { images, work: workPath === undefined ? undefined : absolutePath(workPath, context.cwd) };
}

/** mkdir -p */
export function makeDirectory(native: Native, path: string): void {
  const parts = path.split("/").filter((part) => part !== "");
  parts.forEach((_, index) => makeOne(native, `/${parts.slice(0, index + 1).join("/")}`));
}

function makeOne(native: Native, path: string): void {
  try {
    native.mkdir(path, DIRECTORY_MODE);
  } catch (error) {
    // EROFS and EACCES come before EEXIST on some filesystems.
    if (!isDirectory(native, path)) throw error;
  }
}

export function isDirectory(native: Native, path: string): boolean {
  try {
    return native.stat(path).type === "dir";
  } catch {
    return false;
  }
}

export function checkParent(native: Native, images: string, parentPath: string | undefined): void {
  if (parentPath === undefined) return;
  if (parentPath.startsWith("/")) throw new TsruncError("--parent-path must be relative", { at: "cli:--parent-path" });
  const parent = absolutePath(parentPath, images);
  if (!isDirectory(native, parent)) {
    throw new TsruncError(`invalid --parent-path: ${parent} is not a directory`, {
      at: "cli:--parent-path",
      hint: "it is meant from --image-path",
    });
  }
}

export function saveDescriptors(native: Native, images: string, descriptors: readonly string[]): void {
  const file = `${images}/${DESCRIPTORS}`;
  removeFile(native, file);
  const fd = native.open(file, ["write", "create", "excl", "nofollow"], 0o600);
  try {
    native.write(fd, stringifyJson([...descriptors]));
  } finally {
    native.close(fd);
  }
}

export function loadDescriptors(native: Native, images: string): string[] {
  const file = `${images}/${DESCRIPTORS}`;
  let bytes: Uint8Array | undefined;
  try {
    bytes = readRegular(native, file);
  } catch (error) {
    if (!isErrno(error, "ENOTDIR")) throw error;
  }
  if (bytes === undefined)
    throw new TsruncError(`${file}: no such file or directory`, {
      at: "cli:--image-path",
      hint: "it is not the directory of a checkpoint",
    });
  const value: unknown = parseJson(new TextDecoder().decode(bytes));
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new TsruncError(`${file}: not a list of strings`, { at: "cli:--image-path" });
}
