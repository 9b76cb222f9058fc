// `type: cgroup`: cgroup2 on a v2 host; on v1 a tmpfs with one mount for each hierarchy, as runc makes it (survey 2.3).
import { hasNamespace, lastName, newNamespace, type PlanContext, step } from "../context.js";
import { MS } from "../linux.js";
import type { Step } from "../types.js";
import { mayLackCgroup } from "./cgroup.js";
import { bindMount, newMount, type ParsedMount } from "./mount-ops.js";

const tmpfsFlags = MS.NOSUID | MS.NODEV | MS.NOEXEC;

export function cgroupMount(context: PlanContext, mount: ParsedMount): Step[] {
  return context.facts.cgroup.mode === "v2" ? unified(context, mount) : hierarchies(context, mount);
}

/**
 * In a user namespace without a cgroup namespace cgroup2 can not be mounted: the host's is bound instead, of which only the container's
 * own part if it is to look like a namespace.
 */
function unified(context: PlanContext, mount: ParsedMount): Step[] {
  const own = hasNamespace(context, "cgroup") ? context.places[0]?.dir : undefined;
  const source = own ?? context.facts.cgroup.hierarchies[0]?.mountpoint ?? "/sys/fs/cgroup";
  // With the flags of the mount that it stands for: CVE-2023-25809.
  const orElse = bindMount({ ...mount, source, flags: __TSRUNC_WEAK__?.["cgroup-readonly"] ? 0 : mount.flags });
  return [step("init", `${mount.id}/cgroup2`, mount.at, newMount(withHostOptions(context, { ...mount, type: "cgroup2" })), { orElse })];
}

/**
 * Each mount of cgroup2 from the host's cgroup namespace sets the options of the hierarchy anew (apply_cgroup_root_flags of the kernel): one without
 * nsdelegate and memory_recursiveprot would take them from the host, and from all other containers.
 */
export function withHostOptions(context: PlanContext, mount: ParsedMount): ParsedMount {
  const { options = [] } = context.facts.cgroup.hierarchies.find(({ version }) => version === 2) ?? {};
  if (mount.data !== "" || hasNamespace(context, "cgroup")) return mount;
  return { ...mount, data: options.join(",") };
}

/** The tmpfs stays writable even with `ro`, which is for the hierarchies: so it is under runc, and links can be added to it. */
function hierarchies(context: PlanContext, mount: ParsedMount): Step[] {
  const names = context.facts.cgroup.hierarchies.filter(({ version }) => version === 1).map(({ mountpoint }) => lastName(mountpoint));
  const plain = { ...mount, cleared: 0, recSet: 0, recClear: 0, data: "", copyUp: false };
  const tmpfs = newMount({ ...plain, type: "tmpfs", source: "tmpfs", flags: tmpfsFlags, data: "mode=755" });
  return [
    step("init", `${mount.id}/tmpfs`, mount.at, tmpfs),
    ...(newNamespace(context, "cgroup") === undefined ? binds(context, plain) : cgroupMounts(context, plain)),
    ...names.flatMap((name) => coMounted(mount, name)),
  ];
}

/**
 * Without a namespace the rest of the host's hierarchy would show: only the container's own directory is bound. Where no cgroup may be
 * made for it, it stays in ours, which it may look at (CVE-2023-25809: never write to).
 */
function binds(context: PlanContext, mount: ParsedMount): Step[] {
  return context.places
    .filter(({ version }) => version === 1)
    .map(({ mountpoint, dir }) => {
      const target = `${mount.target}/${lastName(mountpoint)}`;
      const bind = (source: string, flags: number) => bindMount({ ...mount, source, target, flags: flags | MS.BIND | MS.REC });
      const ours = context.facts.cgroup.hierarchies.find((hierarchy) => hierarchy.mountpoint === mountpoint)?.own ?? "/";
      const orElse = mayLackCgroup(context) ? { orElse: bind(`${mountpoint}${ours}`, mount.flags | MS.RDONLY) } : {};
      return step("init", `${mount.id}/${lastName(mountpoint)}`, mount.at, bind(dir, mount.flags), orElse);
    });
}

function cgroupMounts({ facts }: PlanContext, mount: ParsedMount): Step[] {
  return facts.cgroup.hierarchies
    .filter(({ version }) => version === 1)
    .map(({ mountpoint, controllers }) => {
      const name = lastName(mountpoint);
      const op = newMount({
        ...mount,
        type: "cgroup",
        source: name === "systemd" ? name : "cgroup",
        target: `${mount.target}/${name}`,
        flags: tmpfsFlags | (mount.flags & MS.RDONLY),
        propagation: [],
        data: controllers.join(","),
      });
      return step("init", `${mount.id}/${name}`, mount.at, op);
    });
}

/** `cpu -> cpu,cpuacct` and the like, for programs that look for one controller. */
function coMounted(mount: ParsedMount, name: string): Step[] {
  if (!name.includes(",")) return [];
  return name.split(",").map((controller) => {
    const op = { verb: "path.symlink", path: `${mount.target}/${controller}`, to: name, replace: false } as const;
    return step("init", `${mount.id}/${controller}`, mount.at, op);
  });
}
