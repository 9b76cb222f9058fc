import { type Rule, quoted } from "./rule.js";

/** runc cleans such a path lexically and goes on with another one; a path that leaves its parent is a mistake or an attack. */
export const cgroupsPath: Rule = ({ linux }) => {
  const path = linux?.cgroupsPath;
  if (path?.split("/").includes("..") && !__TSRUNC_WEAK__?.["cgroups-path"]) {
    return { at: "/linux/cgroupsPath", message: `cgroupsPath must not contain "..", got ${quoted(path)}` };
  }
  return undefined;
};
