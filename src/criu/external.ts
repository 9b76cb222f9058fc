// What of a container is not CRIU's to save: mounts that come from outside, namespaces that others own, descriptors of the engine. Pure.
import { TsruncError } from "../errors/errors.js";
import type { Config, Mount, NamespaceType } from "../spec/config.js";
import { cleanPath } from "../spec/rules/rule.js";
import type { InheritFd, JoinNamespace } from "./messages.js";

/** A mount from outside; `destination` as it is in the container, symbolic links resolved. */
export interface ExternalMount {
  readonly destination: string;
  /** Its name in the images: the same at checkpoint and at restore. Colons and brackets need no quoting: CRIU takes the first "]". */
  readonly key: string;
  readonly source: string;
}

export const isBind = ({ type, options = [] }: Mount): boolean =>
  type === "bind" || options.some((option) => option === "bind" || option === "rbind");

/** At checkpoint. */
export function dumpedMount({ destination, key }: ExternalMount): string {
  return `mnt[${destination}]:${key}`;
}

/** At restore. */
export function restoredMount({ key, source }: ExternalMount): string {
  return `mnt[${key}]:${source}`;
}

/** The key of all masked files: each is a bind of /dev/null. */
export const MASK_KEY = "/dev/null";

/** Names in /proc/PID/ns. */
const namespaceNames: Partial<Record<NamespaceType, string>> = { network: "net", mount: "mnt" };

/** CRIU leaves these two alone and has them handed to it at restore; the others it joins by itself. */
const handed: readonly NamespaceType[] = ["network", "pid"];

export interface NamespacePath {
  readonly type: NamespaceType;
  readonly path: string;
}

function namespacePaths(config: Config): NamespacePath[] {
  return (config.linux?.namespaces ?? []).flatMap(({ type, path }) => (path === undefined || path === "" ? [] : [{ type, path }]));
}

/** Namespaces of others that CRIU gets as descriptors. */
export function handedNamespaces(config: Config): NamespacePath[] {
  return namespacePaths(config).filter(({ type }) => handed.includes(type));
}

/** `extRootNetNS`, the key that runc gives them. */
export function namespaceKey(type: NamespaceType): string {
  const name = namespaceNames[type] ?? type;
  return `extRoot${name.slice(0, 1).toUpperCase()}${name.slice(1)}NS`;
}

/** `net[4026532000]:extRootNetNS` */
export function dumpedNamespace(type: NamespaceType, inode: number): string {
  return `${namespaceNames[type] ?? type}[${inode}]:${namespaceKey(type)}`;
}

export function joinedNamespaces(config: Config): JoinNamespace[] {
  const others = namespacePaths(config).filter(({ type }) => !handed.includes(type));
  const cgroup = others.find(({ type }) => type === "cgroup");
  if (cgroup !== undefined) throw new TsruncError("criu can not restore into a cgroup namespace of others", { at: "/linux/namespaces" });
  return others.map(({ type, path }) => ({ ns: namespaceNames[type] ?? type, ns_file: path }));
}

/** A file that was opened outside, as CRIU names it; at restore it is the key of its successor. */
export function externalFile(mountId: number, inode: number): string {
  return `file[${mountId.toString(16)}:${inode.toString(16)}]`;
}

/**
 * descriptors.json: where 0, 1 and 2 of init led. Pipes and files of the host are the caller's: those that it gives us now take their
 * places, for the same pipe or file the first one.
 */
export function inheritedStreams(descriptors: readonly string[]): InheritFd[] {
  return descriptors.flatMap((key, fd) =>
    (key.includes("pipe:") || key.startsWith("file[")) && descriptors.indexOf(key) === fd ? [{ key, fd }] : [],
  );
}

/**
 * Files of `linux.maskedPaths` that a null device of the host covers now, by /proc/PID/mountinfo. One of the container's own /dev is not
 * external: CRIU saves that tmpfs, and as a bind of another filesystem it could not be in the peer group it is in (rootfsPropagation).
 * A directory is covered by a tmpfs, which CRIU saves.
 */
export function maskedFiles(config: Config, mountinfo: string): string[] {
  const rows = mountRows(mountinfo);
  const boundDev = (config.mounts ?? []).some((mount) => isBind(mount) && cleanPath(mount.destination) === "/dev");
  const own = boundDev ? undefined : rows.findLast(({ point }) => point === "/dev")?.device;
  const covered = new Set(rows.flatMap(({ device, root, point }) => (root.endsWith("/null") && device !== own ? [point] : [])));
  return (config.linux?.maskedPaths ?? []).map(cleanPath).filter((path) => covered.has(path));
}

/** Where something is mounted, by the container's own view. */
export function mountPoints(mountinfo: string): ReadonlySet<string> {
  return new Set(mountRows(mountinfo).map(({ point }) => point));
}

export function mountIds(mountinfo: string): ReadonlySet<string> {
  return new Set(mountinfo.split("\n").map((line) => line.slice(0, line.indexOf(" "))));
}

interface MountRow {
  /** `0:53` */
  readonly device: string;
  readonly root: string;
  readonly point: string;
}

function mountRows(mountinfo: string): MountRow[] {
  return mountinfo.split("\n").flatMap((line) => {
    const [, , device, root, point] = line.split(" ");
    return device === undefined || root === undefined || point === undefined
      ? []
      : [{ device, root: unescape(root), point: unescape(point) }];
  });
}

/** proc(5): space, tab, newline and backslash as three octal digits. */
function unescape(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}
