// All state directories below a root.
import type { Native } from "../host/port.js";
import { isId } from "../spec/id.js";
import { isErrno } from "./files.js";
import type { StateRoot } from "./root.js";

export interface ListedId {
  readonly id: string;
  /** Owner of the state directory. */
  readonly uid: number;
}

/** In byte order; directories that have the name of a container only (`.seccomp~cache` has not). A missing default root is an empty list, a missing --root an error (survey 3.7). */
export function listIds(native: Native, root: StateRoot): ListedId[] {
  let names: string[];
  try {
    names = native.readdir(root.path);
  } catch (error) {
    if (isErrno(error, "ENOENT") && !root.explicit) return [];
    throw error;
  }
  return names.filter(isId).flatMap((id) => {
    try {
      const { type, uid } = native.lstat(`${root.path}/${id}`);
      return type === "dir" ? [{ id, uid }] : [];
    } catch {
      return [];
    }
  });
}
