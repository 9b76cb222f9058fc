// Paths as text: nothing here looks at a filesystem.
import { TsruncError } from "../errors/errors.js";

/** Absolute and without "." , ".." and double slashes. `cwd` is absolute, or NO_CWD: then only an absolute path has a meaning. */
export function absolutePath(path: string, cwd: string): string {
  if (cwd === NO_CWD && !path.startsWith("/")) {
    throw new TsruncError(`"${path}" is a relative path, but the working directory has been deleted`, {
      hint: "give absolute paths, or call from a directory that exists",
    });
  }
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${cwd}/${path}`).split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Dockerd calls from a directory that it has deleted (BuildKit); nothing but relative paths may fail there. */
export const NO_CWD = "";

export function dirName(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
