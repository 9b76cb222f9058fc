// The container's root: propagation, entering it, pivoting to it, making it read-only.
import { bundlePath, canMount, hasAttachedRoot, hasNamespace, ownsDev, type Pass, type PlanContext, step } from "../context.js";
import { MS } from "../linux.js";
import { propagationFlags } from "../mountflags.js";
import type { Step } from "../types.js";

/**
 * Without a mount namespace the container's mounts are the host's as well. They are made on a copy of the rootfs in our state directory, so
 * that the rootfs stays what it is, and a single umount takes back all of them (runc leaves them, and makes the host's / slave).
 */
export const attachRootfs: Pass = (context) => {
  if (!hasAttachedRoot(context)) return [];
  const { rootfsPropagation } = context.linux;
  const flags = rootfsPropagation === undefined ? 0 : (propagationFlags[rootfsPropagation] ?? 0);
  // Never shared: the mounts of the copy would appear in the rootfs, and go away there too. Shared or unbindable it becomes later.
  const propagation = ((flags & MS.PRIVATE) === 0 ? MS.SLAVE : MS.PRIVATE) | MS.REC;
  const path = bundlePath(context, context.root.path);
  const op = { verb: "rootfs.attach", path, at: `${context.stateDir}/rootfs`, propagation, slot: context.slots.rootfs } as const;
  return [step("runtime", "rootfs/attach", "/root/path", op)];
};

export const rootfs: Pass = (context) => {
  if (hasAttachedRoot(context)) {
    return [step("init", "rootfs/adopt", "/root/path", { verb: "rootfs.adopt", slot: context.slots.rootfs })];
  }
  const mountNamespace = hasNamespace(context, "mount");
  const path = bundlePath(context, context.root.path);
  const enter = step("init", "rootfs/enter", "/root/path", { verb: "rootfs.enter", path, bind: mountNamespace });
  return mountNamespace ? [propagation(context), enter] : [enter];
};

/** Slave by default: the host's mounts still arrive, ours never leave. `shared` is how volumes with shared propagation reach the host. */
function propagation({ linux: { rootfsPropagation } }: PlanContext): Step {
  const flags = rootfsPropagation === undefined ? undefined : propagationFlags[rootfsPropagation];
  const at = flags === undefined ? "default:rootfsPropagation" : "/linux/rootfsPropagation";
  return step("init", "rootfs/propagation", at, { verb: "rootfs.propagation", flags: bindable(flags ?? MS.SLAVE | MS.REC) });
}

/** What is unbindable could not be bound on itself, nor be the source of a mount: private until the container is inside. */
const bindable = (flags: number): number => ((flags & MS.UNBINDABLE) === 0 ? flags : (flags & ~MS.UNBINDABLE) | MS.PRIVATE);

export const pivot: Pass = (context) => [change(context), ...laterPropagation(context), ...ownNull(context)];

function change(context: PlanContext): Step {
  if (!hasNamespace(context, "mount")) return step("init", "rootfs/chroot", "/root/path", { verb: "rootfs.chroot" });
  if (context.options.noPivot) return step("init", "rootfs/move", "cli:--no-pivot", { verb: "rootfs.move" });
  return step("init", "rootfs/pivot", "/root/path", { verb: "rootfs.pivot" });
}

/** Once more on the new "/": the first one was for what is now gone. A slave or private root is that already. */
function laterPropagation(context: PlanContext): Step[] {
  const { rootfsPropagation } = context.linux;
  const flags = rootfsPropagation === undefined ? 0 : (propagationFlags[rootfsPropagation] ?? 0);
  if (!canMount(context) || flags === 0 || (flags & (MS.PRIVATE | MS.SLAVE)) !== 0) return [];
  return [step("init", "rootfs/propagation-inside", "/linux/rootfsPropagation", { verb: "rootfs.propagation", flags })];
}

/** The engine's /dev/null as stdin is of another mount and device number's owner: the container gets its own. */
function ownNull(context: PlanContext): Step[] {
  return ownsDev(context) ? [step("init", "stdio/null", "default:/dev/null", { verb: "stdio.null" })] : [];
}

export const readonlyRoot: Pass = ({ root }) =>
  root.readonly === true ? [step("init", "rootfs/readonly", "/root/readonly", { verb: "rootfs.readonly" })] : [];
