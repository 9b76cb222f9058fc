// Cgroups of the host by their path below each hierarchy.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupMounts, cgroupsOf } from "./leaks.js";

/** The directory of `path` in the hierarchy that has this file there (`pids.max`, `freezer.state`, `cgroup.freeze`). */
export function cgroupWith(path: string, file: string): string {
  const found = cgroupMounts()
    .map((mount) => join(mount, path))
    .find((directory) => existsSync(join(directory, file)));
  if (found === undefined) throw new Error(`no hierarchy has ${path}/${file}`);
  return found;
}

/** Pids of all processes that are in the cgroup in any hierarchy, each once. */
export function processesIn(path: string): number[] {
  return pidsIn(cgroupMounts().map((mount) => join(mount, path)));
}

/** The same of the cgroups that are named after a container, wherever they are: on cgroup v2 they are below our own. */
export function processesOfContainer(id: string): number[] {
  return pidsIn(cgroupsOf(id));
}

function pidsIn(directories: readonly string[]): number[] {
  const files = directories.map((directory) => join(directory, "cgroup.procs"));
  const pids = files.filter((file) => existsSync(file)).flatMap((file) => readFileSync(file, "utf8").trim().split("\n"));
  return [...new Set(pids.filter((pid) => pid !== "").map(Number))];
}
