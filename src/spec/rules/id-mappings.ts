import type { IDMapping } from "../config.js";
import { type Finding, type Rule, eachItem } from "./rule.js";

// user_namespaces(7): 4294967295 is no id ((uid_t) -1), a range must not reach it, ranges must not overlap on either side, and
// a map has at most 340 lines. The kernel answers all of these with the same EINVAL.
const noId = 0xffffffff;
const maxLines = 340;

export const idMappings: Rule = ({ linux }) =>
  checkIdMap(linux?.uidMappings, "/linux/uidMappings") ?? checkIdMap(linux?.gidMappings, "/linux/gidMappings");

/** Also the maps of a mount. */
export function checkIdMap(list: readonly IDMapping[] | undefined, at: string): Finding | undefined {
  if (list !== undefined && list.length > maxLines) return { at, message: `at most ${maxLines} mappings are possible, not ${list.length}` };
  return eachItem(list, at, (mapping, place, index) => {
    if (mapping.size === 0) return { at: `${place}/size`, message: "a mapping of size 0 maps nothing" };
    for (const side of ["containerID", "hostID"] as const) {
      if (mapping[side] + mapping.size > noId)
        return { at: place, message: `the range from ${side} ${mapping[side]} passes 4294967294, the last id` };
      const before = (list ?? []).slice(0, index).findIndex((other) => overlap(mapping, other, side));
      if (before >= 0) return { at: place, message: `${side} range overlaps the one of mapping ${before}` };
    }
    return undefined;
  });
}

function overlap(a: IDMapping, b: IDMapping, side: "containerID" | "hostID"): boolean {
  return a[side] < b[side] + b.size && b[side] < a[side] + a.size;
}
