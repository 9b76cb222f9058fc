// A host with cgroup v2 alone, for a runtime on a hybrid one: v1 is unmounted in a mount namespace of each command's own.
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import type { Scratch } from "./scratch.js";
import { tsruncPath } from "./paths.js";

const script = (runtime: string): string => `#!/bin/sh
exec unshare --mount sh -c 'umount --recursive --lazy /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$0" "$@"' ${runtime} "$@"
`;

/** An executable to call in place of `runtime`. */
export function onUnified(scratch: Scratch, runtime: string = tsruncPath): string {
  const path = scratch.path("on-cgroup2");
  if (!existsSync(path)) writeFileSync(path, script(runtime), { mode: 0o755 });
  return path;
}

/** false, or why there is no such view: the kernel has no cgroup v2, or it may not be mounted. */
export function noUnified(): string | false {
  const mount = "umount --recursive --lazy /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && test -e /sys/fs/cgroup/cgroup.procs";
  return spawnSync("unshare", ["--mount", "sh", "-c", mount]).status === 0 ? false : "cgroup v2 cannot be mounted";
}
