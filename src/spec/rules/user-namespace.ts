import { mapsId } from "../id-map.js";
import { type Rule, hasNamespace, namespacePath } from "./rule.js";

/**
 * Maps and user namespace go together. Engines send a path together with the maps of that namespace: whether they are the
 * same only the kernel can say, so the maps are not looked at then (survey 2.1).
 */
export const userNamespace: Rule = (config) => {
  const { uidMappings = [], gidMappings = [] } = config.linux ?? {};
  const mapped = uidMappings.length > 0 || gidMappings.length > 0;
  if (!hasNamespace(config, "user")) {
    if (!mapped) return undefined;
    return {
      at: uidMappings.length > 0 ? "/linux/uidMappings" : "/linux/gidMappings",
      message: "user namespace mappings specified, but user namespace isn't enabled in the config",
    };
  }
  if (namespacePath(config, "user") !== undefined) return undefined;
  if (!mapped) {
    return { at: "/linux/namespaces", message: "user namespaces enabled, but no namespace path to join nor mappings to apply specified" };
  }
  for (const [kind, list] of [
    ["uid", uidMappings],
    ["gid", gidMappings],
  ] as const) {
    const at = `/linux/${kind}Mappings`;
    if (list.length === 0) return { at, message: `user namespaces enabled, but no ${kind} mappings found` };
    // Without a root inside nobody could mount anything there.
    if (!mapsId(list, 0)) return { at, message: `user namespaces enabled, but no mapping found for ${kind} 0` };
  }
  return undefined;
};
