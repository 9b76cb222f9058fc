// A new user namespace: unshared by the stage, mapped from outside, then its root is taken.
import type { IDMapping } from "../../spec/config.js";
import { hasUserNamespace, newNamespace, type Pass, type PlanContext, step } from "../context.js";
import { CLONE_NEW } from "../linux.js";
import { toIdMap } from "./mount-ops.js";

export const idMaps: Pass = (context) => {
  const entry = newNamespace(context, "user");
  if (entry === undefined) return [];
  const { uidMappings = [], gidMappings = [] } = context.linux;
  const maps = { uid: uidMappings.map(toIdMap), gid: gidMappings.map(toIdMap), ...mapWriter(context) };
  return [
    step("stage", "namespaces/user/unshare", entry.at, { verb: "ns.unshare", flags: CLONE_NEW.user }),
    step("runtime", "namespaces/user/maps", "/linux/uidMappings", { verb: "idmap.write", ...maps }),
    step("stage", "namespaces/user/root", entry.at, { verb: "identity.root" }),
  ];
};

/** Engines send a path together with the maps of that namespace; only inside of it can they be compared. */
export const checkJoinedMaps: Pass = ({ namespaces, linux: { uidMappings = [], gidMappings = [] } }) => {
  if (namespaces.get("user")?.path === undefined || uidMappings.length + gidMappings.length === 0) return [];
  const maps = { uid: uidMappings.map(toIdMap), gid: gidMappings.map(toIdMap) };
  const at = uidMappings.length > 0 ? "/linux/uidMappings" : "/linux/gidMappings";
  return [step("runtime", "namespaces/user/check-maps", at, { verb: "idmap.check", ...maps })];
};

/**
 * Root writes any map. Without root, one's own id alone can be mapped without a helper, but then setgroups(2) must be denied for
 * good (user_namespaces(7), CVE-2014-8989); every other map is newuidmap's and newgidmap's to check.
 */
function mapWriter({ facts, linux }: PlanContext): { direct: boolean; denySetgroups: boolean } {
  if (facts.euid === 0) return { direct: true, denySetgroups: false };
  const own = onlyOwn(linux.uidMappings, facts.euid) && onlyOwn(linux.gidMappings, facts.egid);
  return { direct: own, denySetgroups: own };
}

function onlyOwn(mappings: readonly IDMapping[] | undefined, id: number): boolean {
  const [first, ...rest] = mappings ?? [];
  return rest.length === 0 && first?.hostID === id && first.size === 1;
}

/**
 * Whether setgroups(2) is called for `groups`. In a user namespace identity.root has left none, where that is allowed; a namespace that was joined
 * may deny it. Without one the runtime's own may (user_namespaces(7)).
 */
export function changesGroups(context: PlanContext, groups: readonly number[]): boolean {
  if (!hasUserNamespace(context)) return context.facts.groupsDenied !== true;
  return groups.length > 0 && (newNamespace(context, "user") === undefined || !mapWriter(context).denySetgroups);
}
