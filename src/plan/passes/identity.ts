import { type CapabilityMasks, capabilityMasks, hasCapability } from "../capabilities.js";
import { type Pass, type PlanContext, step, userOrigin } from "../context.js";
import { changesGroups } from "./idmaps.js";

export const capabilityIdentity: Pass = (context) => {
  const { user, capabilities } = context.process;
  const masks = capabilityMasks(capabilities, context.facts.lastCap);
  const groups = user?.additionalGids ?? [];
  const ids = { uid: user?.uid ?? 0, gid: user?.gid ?? 0, groups, setGroups: changesGroups(context, groups) };
  const op = { verb: "identity.set", ...ids, ...masks, keepSysAdmin: keepSysAdmin(context, masks) } as const;
  return [step("init", "identity", userOrigin(context), op)];
};

/**
 * seccomp(2) wants no_new_privs or CAP_SYS_ADMIN. A container that has neither by its config keeps the capability until the filter
 * is loaded, which then drops it; one that has it by its config must keep it afterwards too.
 */
function keepSysAdmin({ linux, process }: PlanContext, { effective, permitted }: CapabilityMasks): boolean {
  if (linux.seccomp === undefined || process.noNewPrivileges === true) return false;
  return !(hasCapability(effective, "CAP_SYS_ADMIN") && hasCapability(permitted, "CAP_SYS_ADMIN"));
}
