import { type Rule, eachItem, quoted } from "./rule.js";

export const namespaces: Rule = ({ linux }, { facts }) => {
  const seen = new Set<string>();
  return eachItem(linux?.namespaces, "/linux/namespaces", ({ type, path }, at) => {
    if (seen.has(type)) return { at, message: `malformed spec file: duplicated ns ${quoted(type)}` };
    seen.add(type);
    if (path !== undefined && path !== "" && !path.startsWith("/")) {
      return { at: `${at}/path`, message: `namespace path must be absolute, not ${quoted(path)}` };
    }
    if (type === "cgroup" && !facts.cgroupNamespace) return { at, message: "cgroup namespaces aren't enabled in the kernel" };
    return undefined;
  });
};
