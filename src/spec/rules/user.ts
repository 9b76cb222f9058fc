import { mapsId } from "../id-map.js";
import { type Rule, eachItem, hasNamespace, namespacePath } from "./rule.js";

// (uid_t) -1: setresuid(2), setgroups(2) and chown(2) take it for "unchanged", that is root.
const noId = 0xffffffff;

export const user: Rule = (config) => {
  const { uid = 0, gid = 0, additionalGids } = config.process?.user ?? {};
  if (__TSRUNC_WEAK__?.["wrapped-ids"]) return undefined;
  if (uid === noId) return { at: "/process/user/uid", message: `invalid uid ${uid}` };
  if (gid === noId) return { at: "/process/user/gid", message: `invalid gid ${gid}` };
  const bad = eachItem(additionalGids, "/process/user/additionalGids", (id, at) =>
    id === noId ? { at, message: `invalid gid ${id}` } : undefined,
  );
  if (bad !== undefined) return bad;
  if (!hasNamespace(config, "user") || namespacePath(config, "user") !== undefined) return undefined;
  if (!mapsId(config.linux?.gidMappings ?? [], gid)) {
    return { at: "/process/user/gid", message: `cannot setgid to unmapped gid ${gid} in user namespace` };
  }
  if (!mapsId(config.linux?.uidMappings ?? [], uid)) {
    return { at: "/process/user/uid", message: `cannot setuid to unmapped uid ${uid} in user namespace` };
  }
  return undefined;
};
