import type { Config, Mount } from "../config.js";
import { isIdMapOption, isOptionProblem, mountIdMap } from "../mount-id-map.js";
import { eachOddMount } from "../mount-shape.js";
import { checkIdMap } from "./id-mappings.js";
import { type Finding, type Rule, type RuleContext, hasNamespace } from "./rule.js";

const BOTH = "id-mapped mounts must have both uid and gid mappings specified";

export const mountIdMaps: Rule = (config, context) => eachOddMount(config.mounts, (mount, at) => check(config, mount, at, context));

/** Also what `mounts add` brings. `at`: the mount's pointer. */
function check(config: Config, mount: Mount, at: string, { facts }: RuleContext): Finding | undefined {
  const map = mountIdMap(mount, config);
  if (map === undefined) return undefined;
  const place = placeOf(mount, at);
  if (isOptionProblem(map)) return { at: `${at}/options/${map.index}`, message: `invalid id mapping: ${map.message}` };
  // The right to map ids is one over the filesystem: the kernel asks for CAP_SYS_ADMIN in the user namespace that it was mounted in.
  if (facts.euid !== 0) return { at: place, message: "id-mapped mounts are not supported for rootless containers" };
  if ((map.uid.length === 0) !== (map.gid.length === 0)) return { at: place, message: BOTH };
  if (map.uid.length === 0 && !hasNamespace(config, "user")) {
    return { at: place, message: BOTH, hint: "without a user namespace the container has no mappings that could be used" };
  }
  return (
    unmappable(mount, at, place) ?? checkIdMap(mount.uidMappings, `${at}/uidMappings`) ?? checkIdMap(mount.gidMappings, `${at}/gidMappings`)
  );
}

function placeOf(mount: Mount, at: string): string {
  const option = (mount.options ?? []).findLastIndex(isIdMapOption);
  if (option >= 0) return `${at}/options/${option}`;
  return (mount.uidMappings ?? []).length > 0 ? `${at}/uidMappings` : `${at}/gidMappings`;
}

function unmappable({ options = [], type }: Mount, at: string, place: string): Finding | undefined {
  const bind = type === "bind" || options.some((option) => option === "bind" || option === "rbind");
  if (options.includes("remount")) return { at: place, message: "a remount can not change the id mapping of a mount" };
  const copyUp = options.indexOf("tmpcopyup");
  if (copyUp >= 0) return { at: `${at}/options/${copyUp}`, message: "tmpcopyup is not possible for an id-mapped mount" };
  const link = options.indexOf("copy-symlink");
  if (link >= 0) return { at: `${at}/options/${link}`, message: "copy-symlink is not possible for an id-mapped mount" };
  if (!bind && type === "cgroup") return { at: place, message: "a cgroup mount can not be id-mapped" };
  return undefined;
}
