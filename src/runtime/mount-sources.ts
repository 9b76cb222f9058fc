// Bind mounts whose source the root of the container's user namespace cannot reach, as /root/data on the host: the runtime opens those for it.
import type { Native } from "../host/port.js";
import { type Facts, isHostRoot } from "../plan/facts.js";
import type { Config, IDMapping } from "../spec/config.js";
import { hostId } from "../spec/id-map.js";
import { mayBeIdMapped, mountShapes } from "../spec/mount-shape.js";
import { absolutePath, dirName } from "../store/paths.js";

/** Maps of a user namespace; without them nothing is known of it (it is joined). */
interface Ids {
  readonly uid: readonly IDMapping[];
  readonly gid: readonly IDMapping[];
}

/** Indices in /mounts. Empty without a user namespace, or where the runtime itself has no more rights than that root. */
export function closedSources(native: Native, config: Config, bundle: string, facts: Pick<Facts, "euid" | "userNamespace">): number[] {
  const { mounts = [], linux: { namespaces = [], uidMappings = [], gidMappings = [] } = {} } = config;
  if (!namespaces.some(({ type }) => type === "user") || !isHostRoot(facts)) return [];
  const ids = { uid: uidMappings, gid: gidMappings };
  const known = new Map<string, boolean>();
  const shapes = mountShapes(config.mounts).all;
  return mounts.flatMap((mount, index) => {
    const shape = shapes[index];
    const bind = mount.type === "bind" || shape?.list.bind === true;
    if (shape === undefined || !bind || shape.list.remount || mayBeIdMapped(mount, shape)) return [];
    return isOpen(native, absolutePath(mount.source ?? "", bundle), ids, known) ? [] : [index];
  });
}

/** By the directories of the path as it is written, and of where its links lead. What is missing is for the mount to say. */
function isOpen(native: Native, source: string, ids: Ids, known: Map<string, boolean>): boolean {
  try {
    return searchable(native, dirName(source), ids, known) && searchable(native, dirName(native.realpath(source)), ids, known);
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
  if (isMapped(uid, stat.uid) && isMapped(gid, stat.gid)) return true;
  const shift = stat.uid === hostId(uid, 0) ? 6 : stat.gid === hostId(gid, 0) ? 3 : 0;
  return ((stat.mode >> shift) & 1) !== 0;
}

function isMapped(map: readonly IDMapping[], id: number): boolean {
  return map.some(({ hostID, size }) => id >= hostID && id < hostID + size);
}
