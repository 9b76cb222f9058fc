import { type Rule, eachItem, hasNamespace } from "./rule.js";

/** maskedPaths and readonlyPaths are mounts: in the host's namespace they would hide its files. */
export const restrictedPaths: Rule = (config) => {
  for (const name of ["maskedPaths", "readonlyPaths"] as const) {
    const paths = config.linux?.[name];
    if (paths === undefined || paths.length === 0) continue;
    const at = `/linux/${name}`;
    if (!hasNamespace(config, "mount")) return { at, message: "unable to restrict sys entries without a private MNT namespace" };
    const empty = eachItem(paths, at, (path, place) => (path === "" ? { at: place, message: "the path is empty" } : undefined));
    if (empty !== undefined) return empty;
  }
  return undefined;
};
