// What a test needs of the machine. `skip: needs("root", "runc")` is false, or the printed reason why the test is skipped.
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { cgroupMounts } from "./leaks.js";
import { plainEnvironment } from "./command.js";
import { tsruncPath } from "./paths.js";

export type Requirement =
  | "root"
  | "tsrunc"
  | "cgroup1"
  | "cgroup2"
  | "processors"
  | "runc"
  | "crun"
  | "strace"
  | "gcc"
  | "g++"
  | "python3"
  | "script"
  | "unshare"
  | "nsenter"
  | "ip"
  | "taskset"
  | "apparmor_parser";

export function findProgram(name: string): string | undefined {
  return plainEnvironment["PATH"]
    ?.split(":")
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function missing(requirement: Requirement): string | undefined {
  switch (requirement) {
    case "root":
      return process.getuid?.() === 0 ? undefined : "needs root";
    case "tsrunc":
      return existsSync(tsruncPath) ? undefined : `${tsruncPath} is not built (npm run build)`;
    case "cgroup1":
      return existsSync("/sys/fs/cgroup/memory/tasks") ? undefined : "needs cgroup v1 with the memory controller";
    case "cgroup2":
      return existsSync("/sys/fs/cgroup/cgroup.controllers") ? undefined : "needs cgroup v2 at /sys/fs/cgroup";
    case "processors":
      return cpus().length > 1 ? undefined : "needs two processors";
    default:
      return findProgram(requirement) === undefined ? `needs the program ${requirement}` : undefined;
  }
}

/** false: all there. */
export function needs(...requirements: readonly Requirement[]): string | false {
  const reasons = requirements.map(missing).filter((reason) => reason !== undefined);
  return reasons.length === 0 ? false : reasons.join("; ");
}

/** What nearly every test that runs a container needs. */
export function needsContainers(...more: readonly Requirement[]): string | false {
  if (cgroupMounts().length === 0) return "no cgroup hierarchy is mounted";
  return needs("root", "tsrunc", ...more);
}

export function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
