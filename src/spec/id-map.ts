import type { IDMapping } from "./config.js";

/** Whether an id of the container has one outside. */
export function mapsId(mappings: readonly IDMapping[], id: number): boolean {
  return mappings.some(({ containerID, size }) => id >= containerID && id < containerID + size);
}
