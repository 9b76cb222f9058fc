// Which directory holds the state of all containers (survey 1.2).
import { TsruncError } from "../errors/errors.js";
import type { Host, Native } from "../host/port.js";
import { absolutePath } from "./paths.js";

export interface StateRoot {
  readonly path: string;
  /** Given by --root: a missing directory is then an error for `list`. */
  readonly explicit: boolean;
  /** Below XDG_RUNTIME_DIR: made with the sticky bit, so that cleaners of that directory leave it alone (XDG base directory spec). */
  readonly sticky: boolean;
}

const DEFAULT_ROOT = "/run/tsrunc";

/** podman sets XDG_RUNTIME_DIR to the empty string as root: that is as if unset. */
function honorsXdg(host: Host, inUserNamespace: (native: Native) => boolean): boolean {
  if (host.native.geteuid() !== 0) return true;
  return host.env["USER"] !== "root" && inUserNamespace(host.native);
}

/** `inUserNamespace`: only asked when the answer counts. */
export function stateRoot(host: Host, option: string | undefined, cwd: string, inUserNamespace: (native: Native) => boolean): StateRoot {
  if (option !== undefined) {
    const path = absolutePath(option, cwd);
    if (path === "/") throw new TsruncError("Option --root argument should not be set to /");
    return { path, explicit: true, sticky: false };
  }
  const xdg = host.env["XDG_RUNTIME_DIR"] ?? "";
  if (xdg !== "" && honorsXdg(host, inUserNamespace)) return { path: absolutePath(`${xdg}/tsrunc`, cwd), explicit: false, sticky: true };
  return { path: DEFAULT_ROOT, explicit: false, sticky: false };
}

/** mkdir -p of the root (0700); existing directories are left as they are. */
export function makeRoot(native: Native, root: StateRoot): void {
  if (!isDirectory(native, root.path)) makeParents(native, root.path);
  if (root.sticky) native.chmod(root.path, 0o1700);
}

function makeParents(native: Native, directory: string): void {
  const parts = directory.split("/").filter((part) => part !== "");
  let path = "";
  for (const part of parts) {
    path += `/${part}`;
    makeDir(native, path);
  }
}

function makeDir(native: Native, path: string): void {
  try {
    native.mkdir(path, 0o700);
  } catch (error) {
    // EROFS and EACCES come before EEXIST on some filesystems: only a directory that is not there is a failure.
    if (!isDirectory(native, path)) throw error;
  }
}

function isDirectory(native: Native, path: string): boolean {
  try {
    return native.stat(path).type === "dir";
  } catch {
    return false;
  }
}
