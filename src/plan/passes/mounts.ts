// The mounts of config.json, in the order listed (survey 2.3).
import type { Mount } from "../../spec/config.js";
import { cleanPath } from "../../spec/rules/rule.js";
import { bundlePath, hasNamespace, isBind, type Pass, type PlanContext, step } from "../context.js";
import { MS } from "../linux.js";
import { type MountOptions, parseMountOptions } from "../mountflags.js";
import type { Op, Step } from "../types.js";
import { cgroupMount } from "./cgroup-mount.js";

/** What a mount of config.json comes to, before it is a step. */
export interface ParsedMount extends MountOptions {
  /** `mounts/3` and `/mounts/3`. */
  readonly id: string;
  readonly at: string;
  readonly type: string;
  readonly source: string;
  /** Clean and absolute. */
  readonly target: string;
}

/** LXCFS shows a container its own numbers there; nothing else may be mounted over a part of /proc (CVE-2019-16884, CVE-2025-52881). */
const lxcfsTargets = new Set(
  "cpuinfo diskstats meminfo stat swaps uptime loadavg slabinfo sys/kernel/ns_last_pid sys/crypto/fips_enabled"
    .split(" ")
    .map((name) => `/proc/${name}`),
);

/** MS_* that say what mount(2) does, not how the mount is. */
const actions = MS.BIND | MS.REC | MS.REMOUNT;

export const mounts: Pass = (context) => {
  if (!hasNamespace(context, "mount")) return [];
  return parsedMounts(context).flatMap((mount) => mountSteps(context, mount));
};

/** What had to be filled first. A bind mount is no such thing: it is read-only at once. */
export const readonlyMounts: Pass = (context) => {
  if (!hasNamespace(context, "mount")) return [];
  return parsedMounts(context)
    .filter((mount) => (mount.flags & MS.RDONLY) !== 0 && filledFirst(mount))
    .map(({ id, at, target }) => step("init", `${id}/readonly`, at, { verb: "mount.readonly", target }));
};

function parsedMounts(context: PlanContext): ParsedMount[] {
  return (context.config.mounts ?? []).map((mount, index) => parse(context, mount, index));
}

function parse(context: PlanContext, mount: Mount, index: number): ParsedMount {
  const options = parseMountOptions(mount.options);
  const bind = isBind(mount.options, mount.type);
  return {
    ...options,
    flags: bind ? options.flags | MS.BIND : options.flags,
    id: `mounts/${index}`,
    at: `/mounts/${index}`,
    type: bind ? "bind" : (mount.type ?? ""),
    source: bind ? bundlePath(context, mount.source ?? "") : (mount.source ?? ""),
    target: cleanPath(mount.destination),
  };
}

function mountSteps(context: PlanContext, mount: ParsedMount): Step[] {
  if ((mount.flags & MS.REMOUNT) !== 0) return [step("init", `${mount.id}/remount`, mount.at, remount(mount))];
  if (mount.type === "bind") return [step("init", `${mount.id}/bind`, mount.at, bindMount(mount))];
  if (mount.type === "cgroup") return cgroupMount(context, mount);
  return [step("init", `${mount.id}/${mount.type}`, mount.at, newMount(mount))];
}

/** Read-only only at the end, and only the mount: its filesystem stays writable, were it mounted elsewhere too. */
function filledFirst({ type, target }: ParsedMount): boolean {
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
  const { source, target, flags, cleared, recSet, recClear, propagation } = mount;
  return {
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
}

function remount(mount: ParsedMount): Op<"mount.remount"> {
  const { target, flags, cleared, data } = mount;
  return { verb: "mount.remount", target, flags: flagsForNow(mount), cleared, data, bind: (flags & MS.BIND) !== 0 };
}
