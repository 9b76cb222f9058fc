// Bind mounts whose source the root of the container's user namespace cannot reach, as /root/data on the host: the runtime opens those for it.
import type { Native } from "../host/port.js";
import { bundlePath } from "../plan/context.js";
import { type Facts, isHostRoot } from "../plan/facts.js";
import { optionsOf } from "../plan/mountflags.js";
import type { Config, IDMapping } from "../spec/config.js";
import { hostId, mapsHostId } from "../spec/id-map.js";
import { mayBeIdMapped, type MountShape, mountShapes } from "../spec/mount-shape.js";
import { hasNamespace } from "../spec/rules/rule.js";
import { dirName } from "../store/paths.js";

/** Maps of a user namespace; without them nothing is known of it (it is joined). */
interface Ids {
  readonly uid: readonly IDMapping[];
  readonly gid: readonly IDMapping[];
}

/** Indices in /mounts. Empty without a user namespace, or where the runtime itself has no more rights than that root. */
export function closedSources(native: Native, config: Config, bundle: string, facts: Pick<Facts, "euid" | "userNamespace">): number[] {
  if (!hasNamespace(config, "user") || !isHostRoot(facts)) return [];
  const { mounts = [], linux: { uidMappings = [], gidMappings = [] } = {} } = config;
  const ids = { uid: uidMappings, gid: gidMappings };
  const known = new Map<string, boolean>();
  const shapes = mountShapes(config.mounts).all;
  return mounts.flatMap((mount, index) => {
    const shape = shapes[index] as MountShape;
    const { list } = shape;
    if (!(list.bind || mount.type === "bind") || list.remount || mayBeIdMapped(mount, shape)) return [];
    const source = { path: bundlePath({ bundle }, mount.source ?? ""), copyLink: optionsOf(list).copyLink === true };
    return isOpen(native, source, ids, known) ? [] : [index];
  });
}

interface Source {
  readonly path: string;
  /** A link is made again in the container: it may lead wherever it likes. */
  readonly copyLink: boolean;
}

/** By the directories of the path as it is written, and of where its links lead. What is missing is for the mount to say. */
function isOpen(native: Native, { path, copyLink }: Source, ids: Ids, known: Map<string, boolean>): boolean {
  const dir = dirName(path);
  try {
    if (!searchable(native, dir, ids, known)) return false;
    return searchable(native, copyLink ? native.realpath(dir) : dirName(native.realpath(path)), ids, known);
  } catch {
    return true;
  }
}

/** The directory and all above it. */
function searchable(native: Native, dir: string, ids: Ids, known: Map<string, boolean>): boolean {
  let answer = known.get(dir);
  if (answer === undefined) {
    answer = maySearch(native, dir, ids) && (dir === "/" || searchable(native, dirName(dir), ids, known));
    known.set(dir, answer);
  }
  return answer;
}

/** path_resolution(7), and capabilities of a user namespace: they count where owner and group are mapped (user_namespaces(7)). */
function maySearch(native: Native, dir: string, { uid, gid }: Ids): boolean {
  const stat = native.stat(dir);
  if (mapsHostId(uid, stat.uid) && mapsHostId(gid, stat.gid)) return true;
  const shift = stat.uid === hostId(uid, 0) ? 6 : stat.gid === hostId(gid, 0) ? 3 : 0;
  return ((stat.mode >> shift) & 1) !== 0;
}
