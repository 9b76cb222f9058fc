// What carries a marker (Scratch): processes, mounts, cgroups, sockets, state directories.
import { existsSync, readFileSync, readdirSync, readlinkSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { waitUntil } from "./command.js";

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return otherwise;
  }
}

function linkOr(path: string, otherwise: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return otherwise;
  }
}

/** Of its kernel's own making (PF_KTHREAD), or ended and not reaped. */
function isThreadOfKernelOrZombie(pid: number): boolean {
  const [, state = "X", flags = "0"] = /^\d+ \(.*\) (.) (?:-?\d+ ){5}(\d+) /s.exec(readOr(`/proc/${pid}/stat`, "")) ?? [];
  return "ZX".includes(state) || (Number(flags) & 0x00200000) !== 0;
}

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
  readonly why: string;
}

/** Whether a process belongs to the marker: by its cgroup, its root file system, its command line or its working directory. */
function belongs(pid: number, marker: string): string | undefined {
  if (readOr(`/proc/${pid}/cgroup`, "").includes(marker)) return "cgroup";
  const root = readOr(`/proc/${pid}/mountinfo`, "")
    .split("\n")
    .map((line) => line.split(" "))
    .find((fields) => fields[4] === "/");
  if (root?.[3]?.includes(marker)) return "root";
  if (readOr(`/proc/${pid}/cmdline`, "").includes(marker)) return "command line";
  if (linkOr(`/proc/${pid}/cwd`, "").includes(marker)) return "working directory";
  return undefined;
}

/** Zombies are left out: they are their parent's to reap, and the test itself may be that. */
export function processesOf(marker: string): FoundProcess[] {
  const found: FoundProcess[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || isThreadOfKernelOrZombie(pid)) continue;
    const why = belongs(pid, marker);
    if (why === undefined) continue;
    const command = readOr(`/proc/${pid}/cmdline`, "").replaceAll("\0", " ").trim() || readOr(`/proc/${pid}/comm`, "").trim();
    found.push({ pid, command, why });
  }
  return found;
}

export function mountsOf(marker: string): string[] {
  return readOr("/proc/self/mountinfo", "")
    .split("\n")
    .filter((line) => line.includes(marker));
}

/** Every mount of the host (mount point, options, source), but those that other tests make meanwhile below directories of their own. */
export function hostMounts(marker: string): string[] {
  return readOr("/proc/self/mountinfo", "")
    .split("\n")
    .filter((line) => !line.includes("/tsrunc-test-") || line.includes(marker))
    .map((line) => line.split(" ").slice(4).join(" "));
}

export function socketsOf(marker: string): string[] {
  return readOr("/proc/net/unix", "")
    .split("\n")
    .filter((line) => line.includes(marker));
}

/** Mount points of all cgroup hierarchies of this machine. */
export function cgroupMounts(): string[] {
  return readOr("/proc/self/mountinfo", "")
    .split("\n")
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => line.split(" ")[4] ?? "");
}

function cgroupsBelow(directory: string, marker: string, depth: number): string[] {
  const found: string[] = [];
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch {
    return found;
  }
  for (const name of names) {
    const path = join(directory, name);
    if (!isDirectory(path)) continue;
    if (depth > 0) found.push(...cgroupsBelow(path, marker, depth - 1));
    if (path.includes(marker)) found.push(path);
  }
  return found;
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Deepest first. */
export function cgroupsOf(marker: string): string[] {
  return cgroupMounts().flatMap((mount) => cgroupsBelow(mount, marker, 4));
}

export interface Leaks {
  readonly processes: readonly FoundProcess[];
  readonly mounts: readonly string[];
  readonly cgroups: readonly string[];
  readonly sockets: readonly string[];
  readonly states: readonly string[];
}

export function findLeaks(marker: string, stateRoots: readonly string[]): Leaks {
  return {
    processes: processesOf(marker),
    mounts: mountsOf(marker),
    cgroups: cgroupsOf(marker),
    sockets: socketsOf(marker),
    states: stateRoots.flatMap((root) =>
      existsSync(root)
        ? readdirSync(root)
            .filter(isState)
            .map((name) => join(root, name))
        : [],
    ),
  };
}

/** The compiled filters stay, for the next container. */
const isState = (name: string): boolean => name !== ".seccomp~cache";

const none: Leaks = { processes: [], mounts: [], cgroups: [], sockets: [], states: [] };

/** Fails when anything is left; a process that is about to end gets a moment. */
export async function assertNothingLeft(marker: string, stateRoots: readonly string[], waitMs = 3000): Promise<void> {
  const clean = () => Object.values(findLeaks(marker, stateRoots)).every((list) => list.length === 0);
  await waitUntil("nothing is left", clean, waitMs).catch(() => undefined);
  assert.deepEqual(findLeaks(marker, stateRoots), none);
}

export function killLeftProcesses(marker: string): void {
  for (let round = 0; round < 5; round++) {
    const left = processesOf(marker);
    if (left.length === 0) return;
    for (const { pid } of left) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}

export function unmountLeft(marker: string): void {
  const points = mountsOf(marker).map((line) => line.split(" ")[4] ?? "");
  for (const point of points.reverse()) spawnSync("umount", ["-l", point]);
}

export function removeLeftCgroups(marker: string): void {
  for (let round = 0; round < 5; round++) {
    const left = cgroupsOf(marker);
    for (const path of left) {
      try {
        rmdirSync(path);
      } catch {
        // Its processes are still ending: the next round.
      }
    }
    if (left.length === 0) return;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
  }
}
