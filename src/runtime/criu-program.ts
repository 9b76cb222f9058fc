// Which criu is run, and with what environment.
import { TsruncError } from "../errors/errors.js";
import type { Host, Native } from "../host/port.js";
import { SysError } from "../errors/errors.js";

/** podman's cleanup calls us without PATH (survey 3.5), and criu itself looks for iptables there. */
const STANDARD = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

export interface FoundCriu {
  readonly path: string;
  readonly env: readonly string[];
}

export function findCriu(host: Host): FoundCriu {
  const directories = searchPath(host.env["PATH"] ?? "");
  const path = directories.map((dir) => `${dir}/criu`).find((candidate) => isProgram(host.native, candidate));
  if (path === undefined) {
    throw new TsruncError('exec: "criu": executable file not found in $PATH', {
      code: "ENOENT",
      hint: `install CRIU (package criu); looked in ${directories.join(", ")}`,
    });
  }
  return { path, env: Object.entries({ ...host.env, PATH: directories.join(":") }).map(([name, value]) => `${name}=${value}`) };
}

/** Relative elements would let whoever owns the working directory choose our program. */
export function searchPath(path: string): string[] {
  return [...new Set([...path.split(":").filter((dir) => dir.startsWith("/")), ...STANDARD])];
}

function isProgram(native: Native, path: string): boolean {
  try {
    const { type, mode } = native.stat(path);
    return type === "file" && (mode & 0o111) !== 0;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}
