import type { Mount } from "../config.js";
import { eachOddMount, type MountShape } from "../mount-shape.js";
import { type Finding, type Rule, quoted } from "./rule.js";

// What LXCFS puts over files of procfs; nothing else may hide a part of it, or masked and read-only paths would miss their
// files (CVE-2019-16884, CVE-2025-52881). By name only: the executor asks again on the directory that it has opened.
const lxcfs = new Set(
  "cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo sys/kernel/ns_last_pid sys/crypto/fips_enabled"
    .split(" ")
    .map((name) => `/proc/${name}`),
);

export const procMounts: Rule = ({ mounts }) => eachOddMount(mounts, check);

function check(mount: Mount, at: string, { target: path }: MountShape): Finding | undefined {
  if (path === "/proc") {
    const bind = mount.options?.some((option) => option === "bind" || option === "rbind" || option === "remount");
    if (bind || mount.type === "proc") return undefined;
    return { at: `${at}/type`, message: `${quoted(path)} cannot be mounted because it is not of type proc` };
  }
  if (!path.startsWith("/proc/") || lxcfs.has(path)) return undefined;
  return { at: `${at}/destination`, message: `${quoted(path)} cannot be mounted because it is inside /proc` };
}
