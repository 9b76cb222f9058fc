// All state directories below a root.
import type { Native } from "../host/port.js";
import { isId } from "../spec/id.js";
import { isErrno } from "./files.js";
import type { StateRoot } from "./root.js";

/** Names in byte order; directories that have the name of a container only (`.seccomp~cache` has not). A missing default root is an empty list, a missing --root an error (survey 3.7). */
export function listIds(native: Native, root: StateRoot): string[] {
  let names: string[];
  try {
    names = native.readdir(root.path);
  } catch (error) {
    if (isErrno(error, "ENOENT") && !root.explicit) return [];
    throw error;
  }
  return names.filter((name) => {
    if (!isId(name)) return false;
    try {
      return native.lstat(`${root.path}/${name}`).type === "dir";
    } catch {
      return false;
    }
  });
}
