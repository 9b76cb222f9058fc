// Reads what the compiler may know of the host. Each fact is read when it is first asked for, and once.
import type { CgroupHierarchy, CgroupMode, Facts } from "../plan/facts.js";
import type { Native } from "./port.js";

const CGROUP_ROOT = "/sys/fs/cgroup";

export interface MountInfo {
  readonly root: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly superOptions: readonly string[];
}

/** Octal escapes of proc_pid_mountinfo(5): space, tab, newline, backslash. */
export function unescape(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

const CGROUP_TYPE = " - cgroup";

/** Only the lines of cgroup filesystems are looked at; a host with many containers has thousands of others. */
export function parseCgroupMounts(text: string): MountInfo[] {
  const mounts: MountInfo[] = [];
  for (let at = text.indexOf(CGROUP_TYPE); at >= 0; at = text.indexOf(CGROUP_TYPE, at + 1)) {
    const end = text.indexOf("\n", at);
    const [, , , root = "", mountpoint = ""] = text.slice(text.lastIndexOf("\n", at) + 1, at).split(" ");
    const [fstype = "", , superOptions = ""] = text.slice(at + " - ".length, end < 0 ? text.length : end).split(" ");
    mounts.push({ root: unescape(root), mountpoint: unescape(mountpoint), fstype, superOptions: superOptions.split(",") });
  }
  return mounts;
}

/** /proc/self/cgroup: controllers joined by commas (empty for v2) to path. */
export function parseOwnCgroups(text: string): Map<string, string> {
  const own = new Map<string, string>();
  for (const line of text.split("\n")) {
    const first = line.indexOf(":");
    const second = line.indexOf(":", first + 1);
    if (first < 0 || second < 0) continue;
    own.set(line.slice(first + 1, second), line.slice(second + 1));
  }
  return own;
}

/** A mount that shows only a subtree (a container's view): the path below it. */
function relative(path: string, root: string): string {
  if (root === "/" || root === "") return path;
  if (path === root) return "/";
  return path.startsWith(`${root}/`) ? path.slice(root.length) : "/";
}

interface OwnCgroup {
  readonly controllers: readonly string[];
  readonly path: string;
}

/** Of v1. */
function ownV1(own: ReadonlyMap<string, string>): OwnCgroup[] {
  const list: OwnCgroup[] = [];
  for (const [names, path] of own) if (names !== "") list.push({ controllers: names.split(","), path });
  return list;
}

/** super options of v1 hold the controllers among flags such as rw, xattr, release_agent=...: own cgroups name exactly the former. */
function v1Hierarchy(mount: MountInfo, own: readonly OwnCgroup[]): CgroupHierarchy | undefined {
  const found = own.find(({ controllers }) => controllers.every((name) => mount.superOptions.includes(name)));
  if (found === undefined) return undefined;
  return { version: 1, mountpoint: mount.mountpoint, controllers: found.controllers, own: relative(found.path, mount.root) };
}

/** On a hybrid host nobody asks for the controllers: they are v1's. */
function v2Hierarchy(native: Native, mount: MountInfo, own: ReadonlyMap<string, string>): CgroupHierarchy {
  const controllers = once(() => words(native.readText(`${mount.mountpoint}/cgroup.controllers`)));
  return {
    version: 2,
    mountpoint: mount.mountpoint,
    get controllers() {
      return controllers();
    },
    options: mount.superOptions.filter((option) => option !== "rw" && option !== "ro"),
    own: relative(own.get("") ?? "/", mount.root),
  };
}

function words(text: string): string[] {
  return text
    .trim()
    .split(" ")
    .filter((word) => word !== "");
}

/** One mount of each hierarchy, those below /sys/fs/cgroup first: engines bind cgroup mounts elsewhere too. */
export function cgroupFacts(native: Native): Facts["cgroup"] {
  const mounts = parseCgroupMounts(native.readText("/proc/self/mountinfo"));
  const own = parseOwnCgroups(native.readText("/proc/self/cgroup"));
  const own1 = ownV1(own);
  const preferred = [...mounts.filter(isUsual), ...mounts.filter((mount) => !isUsual(mount))];
  const hierarchies = new Map<string, CgroupHierarchy>();
  for (const mount of preferred) {
    // Others may be out of our reach: nothing is read of them.
    if (mount.fstype === "cgroup2" && hierarchies.has("")) continue;
    const found = mount.fstype === "cgroup2" ? v2Hierarchy(native, mount, own) : v1Hierarchy(mount, own1);
    if (found === undefined) continue;
    const key = found.version === 2 ? "" : found.controllers.join(",");
    if (!hierarchies.has(key)) hierarchies.set(key, found);
  }
  const all = [...hierarchies.values()];
  return { mode: cgroupMode(all), hierarchies: all };
}

function isUsual({ mountpoint }: MountInfo): boolean {
  return mountpoint === CGROUP_ROOT || mountpoint.startsWith(`${CGROUP_ROOT}/`);
}

function cgroupMode(hierarchies: readonly CgroupHierarchy[]): CgroupMode {
  const v1 = hierarchies.some((hierarchy) => hierarchy.version === 1);
  const v2 = hierarchies.some((hierarchy) => hierarchy.version === 2);
  if (v1) return v2 ? "hybrid" : "v1";
  return v2 ? "v2" : "none";
}

/** hugepages-2048kB -> 2MB, as config.json and the cgroup files name them. */
export function hugepageSize(directory: string): string | undefined {
  const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(directory)?.[1]);
  if (!Number.isInteger(kilobytes)) return undefined;
  if (kilobytes >= 1024 * 1024) return `${kilobytes / (1024 * 1024)}GB`;
  return kilobytes >= 1024 ? `${kilobytes / 1024}MB` : `${kilobytes}KB`;
}

function hugepages(native: Native): string[] {
  try {
    return native.readdir("/sys/kernel/mm/hugepages").flatMap((name) => hugepageSize(name) ?? []);
  } catch {
    return [];
  }
}

function present(native: Native, path: string): boolean {
  try {
    native.lstat(path);
    return true;
  } catch {
    return false;
  }
}

/** The whole id range maps to itself only outside of any user namespace (user_namespaces(7)). */
export function inUserNamespace(native: Native): boolean {
  try {
    return !/^\s*0\s+0\s+4294967295\s*$/.test(native.readText("/proc/self/uid_map"));
  } catch {
    return false;
  }
}

/** Only of a user namespace that was mapped without a right to all groups. */
function groupsDenied(native: Native): boolean {
  try {
    return native.readText("/proc/self/setgroups").startsWith("deny");
  } catch {
    return false;
  }
}

/**
 * The module's parameter alone: podman covers /sys/kernel before it calls us for a container with id maps, whose profile it has loaded. Where there
 * is no such profile the kernel says so.
 */
function apparmorEnabled(native: Native): boolean {
  try {
    return native.readText("/sys/module/apparmor/parameters/enabled").startsWith("Y");
  } catch {
    return false;
  }
}

/** Only the first mount of it: there is one file system however often it is mounted. */
function resctrlMount(mountinfo: string): string | undefined {
  const line = mountinfo.split("\n").find((text) => text.includes(" - resctrl "));
  return line === undefined ? undefined : unescape(line.split(" ")[4] ?? "");
}

function once<T>(read: () => T): () => T {
  let value: { readonly of: T } | undefined;
  return () => (value ??= { of: read() }).of;
}

export function readFacts(native: Native): Facts {
  const cgroup = once(() => cgroupFacts(native));
  const cap = once(() => Number(native.readText("/proc/sys/kernel/cap_last_cap")));
  const sizes = once(() => hugepages(native));
  const userNamespace = once(() => inUserNamespace(native));
  const denied = once(() => userNamespace() && groupsDenied(native));
  const cgroupNamespace = once(() => present(native, "/proc/self/ns/cgroup"));
  const apparmor = once(() => apparmorEnabled(native));
  const selinux = once(() => present(native, "/sys/fs/selinux/enforce"));
  const resctrl = once(() => resctrlMount(native.readText("/proc/self/mountinfo")));
  return {
    euid: native.geteuid(),
    egid: native.getegid(),
    get userNamespace() {
      return userNamespace();
    },
    get groupsDenied() {
      return denied();
    },
    get cgroup() {
      return cgroup();
    },
    get lastCap() {
      return cap();
    },
    get hugepageSizes() {
      return sizes();
    },
    get cgroupNamespace() {
      return cgroupNamespace();
    },
    get apparmor() {
      return apparmor();
    },
    get selinux() {
      return selinux();
    },
    get resctrl() {
      return resctrl();
    },
  };
}
