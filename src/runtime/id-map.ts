// The maps of a user namespace as the kernel prints them (user_namespaces(7)).
import type { IdMap } from "../plan/types.js";

/** /proc/PID/uid_map or gid_map: one line for each range; host ids as the reader's namespace has them. */
export function parseIdMap(text: string): IdMap[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter((numbers) => numbers.length === 3)
    .map(([containerId = 0, hostId = 0, size = 0]) => ({ containerId, hostId, size }));
}

/** The same ids to the same ids, however the ranges are cut and ordered. */
export function sameIdMaps(a: readonly IdMap[], b: readonly IdMap[]): boolean {
  return JSON.stringify(joined(a)) === JSON.stringify(joined(b));
}

function joined(maps: readonly IdMap[]): [number, number, number][] {
  const ranges: [number, number, number][] = [];
  for (const { containerId, hostId, size } of [...maps].sort((a, b) => a.containerId - b.containerId)) {
    const last = ranges.at(-1);
    if (last !== undefined && last[0] + last[2] === containerId && last[1] + last[2] === hostId) last[2] += size;
    else ranges.push([containerId, hostId, size]);
  }
  return ranges;
}
