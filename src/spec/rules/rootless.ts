import type { Config, Mount } from "../config.js";
import { mapsId } from "../id-map.js";
import { type Finding, type Rule, eachItem, hasNamespace, namespacePath } from "./rule.js";

/** What a runtime that is not root cannot do (survey 2.1). root inside a user namespace is root. */
export const rootless: Rule = (config, { facts }) => {
  if (facts.euid === 0) return undefined;
  if (!hasNamespace(config, "user")) return { at: "/linux/namespaces", message: "rootless container requires user namespaces" };
  const joined = namespacePath(config, "user") !== undefined;
  for (const kind of ["uid", "gid"] as const) {
    if (!joined && (config.linux?.[`${kind}Mappings`] ?? []).length === 0) {
      return { at: `/linux/${kind}Mappings`, message: `rootless containers requires at least one ${kind.toUpperCase()} mapping` };
    }
  }
  if ((config.process?.user?.additionalGids ?? []).length > 0 && !joined && onlyOwnGroup(config, facts.egid)) {
    return { at: "/process/user/additionalGids", message: "cannot set any additional groups in a rootless container" };
  }
  return joined ? undefined : eachItem(config.mounts, "/mounts", (mount, at) => unmappedOwner(config, mount, at));
};

/**
 * Then the map is written without newgidmap, and setgroups(2) has to be denied for it. Of a namespace that is joined the kernel knows, and of
 * ids from /etc/subgid everything is allowed, where runc refuses any group.
 */
function onlyOwnGroup({ linux }: Config, egid: number): boolean {
  const [first, ...rest] = linux?.gidMappings ?? [];
  return rest.length === 0 && first?.hostID === egid && first.size === 1;
}

function unmappedOwner(config: Config, mount: Mount, at: string): Finding | undefined {
  return eachItem(mount.options, `${at}/options`, (option, place) => {
    const match = /^([ug]id)=(\d+)$/.exec(option);
    if (match === null) return undefined;
    const kind = match[1] as "uid" | "gid";
    const id = Number(match[2]);
    if (mapsId(config.linux?.[`${kind}Mappings`] ?? [], id)) return undefined;
    const why = `user namespaces enabled, but no mapping found for ${kind} ${id}`;
    return { at: place, message: `cannot specify ${option} mount option for rootless container: ${why}` };
  });
}
