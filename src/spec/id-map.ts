import type { IDMapping } from "./config.js";

/** The id outside; undefined for one that is not mapped. */
export function hostId(mappings: readonly IDMapping[] | undefined, id: number): number | undefined {
  const map = mappings?.find(({ containerID, size }) => id >= containerID && id < containerID + size);
  return map === undefined ? undefined : map.hostID + (id - map.containerID);
}

/** Whether an id outside has one in the container. */
export function mapsHostId(mappings: readonly IDMapping[], id: number): boolean {
  return mappings.some(({ hostID, size }) => id >= hostID && id < hostID + size);
}

/** Whether an id of the container has one outside. */
export function mapsId(mappings: readonly IDMapping[], id: number): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}
