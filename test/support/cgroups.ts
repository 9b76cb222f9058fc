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

/** The files of this name in the cgroups that are named after a container, wherever they are: on cgroup v2 those are below our own. */
export function cgroupFiles(id: string, name: string): string[] {
  return cgroupsOf(id)
    .map((directory) => join(directory, name))
    .filter((file) => existsSync(file));
}

/** Pids of all processes that are in the cgroup in any hierarchy, each once. */
export function processesIn(path: string): number[] {
  const files = cgroupMounts().map((mount) => join(mount, path, "cgroup.procs"));
  const pids = files.filter((file) => existsSync(file)).flatMap((file) => readFileSync(file, "utf8").trim().split("\n"));
  return [...new Set(pids.filter((pid) => pid !== "").map(Number))];
}
