import type { Rule } from "./rule.js";

/** Without pivot_root the host's mounts stay below the root; private would keep them busy there for ever (survey 2.2). */
export const rootfsPropagation: Rule = ({ linux }, { noPivot }) => {
  const value = linux?.rootfsPropagation;
  if (noPivot && (value === "private" || value === "rprivate")) {
    return { at: "/linux/rootfsPropagation", message: "rootfsPropagation of [r]private is not safe without pivot_root" };
  }
  return undefined;
};
