// One mount of config.json as an op of the mount verbs.
import type { IDMapping } from "../../spec/config.js";
import type { MountIdMap } from "../../spec/mount-id-map.js";
import { MS } from "../linux.js";
import type { MountOptions } from "../mountflags.js";
import type { IdMap, Op } from "../types.js";

/** What a mount of config.json comes to, before it is a step. */
export interface ParsedMount extends MountOptions {
  /** `mounts/3` and `/mounts/3`. */
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly source: string;
  /** Clean and absolute. */
  readonly target: string;
  /** Id-mapped: then the runtime has it made (mount.prepare). */
  readonly idMap?: MountIdMap | undefined;
}

/** Where a detached mount is on its way to who attaches it; free again once it is sent. */
const MOUNT_SLOT = 40;

/** LXCFS shows a container its own numbers there; nothing else may be mounted over a part of /proc (CVE-2019-16884, CVE-2025-52881). */
const lxcfsTargets = new Set(
  "cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo sys/kernel/ns_last_pid sys/crypto/fips_enabled"
    .split(" ")
    .map((name) => `/proc/${name}`),
);

/** MS_* that say what mount(2) does, not how the mount is. */
const actions = MS.BIND | MS.REC | MS.REMOUNT;

/** Read-only only at the end, and only the mount: its filesystem stays writable, were it mounted elsewhere too. */
export function filledFirst({ type, target }: ParsedMount): boolean {
  return type !== "bind" && (type === "tmpfs" || target === "/dev");
}

/** MS_* of how the mount is to be for now. */
function flagsForNow(mount: ParsedMount): number {
  return mount.flags & ~actions & ~(filledFirst(mount) ? MS.RDONLY : 0);
}

export function newMount(mount: ParsedMount): Op<"mount.fs"> {
  const { type, source, target, data, propagation, recSet, recClear, copyUp } = mount;
  return {
    verb: "mount.fs",
    fstype: type,
    source,
    target,
    flags: flagsForNow(mount),
    data,
    recSet,
    recClear,
    propagation,
    // A symlink there would put procfs where masked paths do not look (CVE-2019-19921, CVE-2023-27561).
    ordinaryDir: type === "proc" || type === "sysfs",
    copyUp,
  };
}

export function bindMount(mount: ParsedMount): Op<"mount.bind"> {
  return bindOf(mount.source, mount.target, mount);
}

/** `source` is absolute, `target` clean. */
export function bindOf(source: string, target: string, options: MountOptions): Op<"mount.bind"> {
  const { flags, cleared, recSet, recClear, propagation, copyLink } = options;
  const op: Op<"mount.bind"> = {
    verb: "mount.bind",
    source,
    target,
    recursive: (flags & MS.REC) !== 0,
    flags: flags & ~actions,
    cleared,
    recSet,
    recClear,
    propagation,
    onProc: lxcfsTargets.has(target),
  };
  return copyLink === true ? { ...op, copyLink: true } : op;
}

export function remount(mount: ParsedMount): Op<"mount.remount"> {
  const { target, flags, cleared, data } = mount;
  return { verb: "mount.remount", target, flags: flagsForNow(mount), cleared, data, bind: (flags & MS.BIND) !== 0 };
}

/** Where it is made, and what its propagation is to be before it is attached (0: as the source has it). */
export interface PrepareFrom {
  readonly from: "init" | "host" | "container";
  readonly propagation: number;
}

/** The same mount, detached, for attachMount(). */
export function prepareMount(mount: ParsedMount, { from, propagation }: PrepareFrom): Op<"mount.prepare"> {
  const { type, source, flags, data, idMap, copyLink } = mount;
  const bind = type === "bind";
  const op: Op<"mount.prepare"> = {
    verb: "mount.prepare",
    source,
    fstype: bind ? "" : type,
    recursive: (flags & MS.REC) !== 0,
    flags: bind ? 0 : flagsForNow(mount),
    data: bind ? "" : data,
    propagation,
    mapped: idMap !== undefined,
    mapTree: idMap?.tree === true,
    uid: (idMap?.uid ?? []).map(toIdMap),
    gid: (idMap?.gid ?? []).map(toIdMap),
    from,
    slot: MOUNT_SLOT,
  };
  return copyLink === true ? { ...op, copyLink } : op;
}

/** A new filesystem has its flags from its making. */
export function attachMount(mount: ParsedMount): Op<"mount.bind"> {
  const op = { ...bindMount(mount), sourceSlot: MOUNT_SLOT };
  return mount.type === "bind" ? op : { ...op, flags: 0, cleared: 0 };
}

export function toIdMap({ containerID, hostID, size }: IDMapping): IdMap {
  return { containerId: containerID, hostId: hostID, size };
}
