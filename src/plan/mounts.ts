// `mounts add` and `mounts remove`: mounts of a container that runs. What is added is made outside, detached, and attached by a stage that
// has joined the container's mount namespace; no process of ours is in its pid namespace, and no program of it runs for us.
import type { Config, Mount } from "../spec/config.js";
import { step } from "./context.js";
import { CLONE_NEW, MS } from "./linux.js";
import { propagationFlags } from "./mountflags.js";
import { attachMount, type ParsedMount, prepareMount } from "./passes/mount-ops.js";
import { parseMount } from "./passes/mounts.js";
import type { Plan, Step } from "./types.js";

const SLOT = { pidfd: 16 } as const;
const AT = "default:mounts";

export interface MountsTarget {
  readonly id: string;
  readonly config: Config;
  /** The container is in another user namespace than the runtime. */
  readonly userNamespace: boolean;
  /** The runtime is root where it is. */
  readonly hostRoot: boolean;
}

export interface AddInput {
  readonly target: MountsTarget;
  readonly mounts: readonly Mount[];
  /** Where relative sources are taken from. */
  readonly directory: string;
}

/** Each mount is written down before it is attached: the undo of that is what takes all of them back when one fails. */
export function compileMountsAdd({ target, mounts, directory }: AddInput): Plan {
  const context = { bundle: directory, config: { ...target.config, mounts: [...mounts] } };
  const steps = mounts.flatMap((mount, index) => addSteps(parseMount(context, mount, index), `/${index}`, target));
  return { command: "mounts", id: target.id, steps: [...enter(target), ...steps, end()] };
}

function addSteps(mount: ParsedMount, at: string, { config, userNamespace }: MountsTarget): Step[] {
  const { id, type, target } = mount;
  // A tmpfs is the container's own, charged to its user namespace; what needs the host's devices and paths is the host's.
  const own = type === "tmpfs" && userNamespace && mount.idMap === undefined;
  const prepare = prepareMount(mount, {
    from: own ? "container" : "host",
    propagation: type === "bind" ? propagationOf(config) : 0,
  });
  return [
    // There is nothing to fill first: a read-only one is that at once.
    step("runtime", `${id}/open`, at, type === "bind" ? prepare : { ...prepare, flags: mount.flags }),
    step("runtime", `${id}/note`, at, { verb: "mounts.note", target, slot: prepare.slot }),
    step("stage", `${id}/${type}`, at, attachMount(mount)),
  ];
}

/** As it would be had it been there at create: what the host mounts below it later arrives, unless the container's root is private. */
function propagationOf({ linux }: Config): number {
  const flags = propagationFlags[linux?.rootfsPropagation ?? ""] ?? 0;
  const known = flags & (MS.SHARED | MS.PRIVATE);
  return known === 0 ? MS.SLAVE | MS.REC : known === MS.SHARED ? 0 : known | MS.REC;
}

export interface RemoveInput {
  readonly target: MountsTarget;
  /** Last added first. `at`: who asks. */
  readonly mounts: readonly RemovedMount[];
}

export interface RemovedMount {
  readonly mountId: string;
  /** Where it is in the container now, which may have renamed a directory above it; undefined: it is not there any more. */
  readonly point: string | undefined;
  readonly at: string;
}

/**
 * What the container has unmounted by itself is only forgotten. All are unmounted before they are forgotten at once: a removal that fails
 * half-way can be repeated with the same file.
 */
export function compileMountsRemove({ target, mounts }: RemoveInput): Plan {
  const detach = mounts.flatMap(({ point, mountId, at }, index) =>
    point === undefined
      ? []
      : [step("stage", `mounts/${index}/detach`, at, { verb: "mount.detach", target: point, mountId: BigInt(mountId) })],
  );
  const mountIds = mounts.map(({ mountId }) => BigInt(mountId));
  const steps = [...detach, step("runtime", "mounts/forget", AT, { verb: "mounts.forget", mountIds })];
  // Root of the host needs no more than the mount namespace for it.
  const entered = target.hostRoot ? { ...target, userNamespace: false } : target;
  return { command: "mounts", id: target.id, steps: [...enter(entered), ...steps, end()] };
}

function enter({ userNamespace }: MountsTarget): Step[] {
  const flags = CLONE_NEW.mount | (userNamespace ? CLONE_NEW.user : 0);
  return [
    step("runtime", "container/pidfd", AT, { verb: "container.pidfd", slot: SLOT.pidfd }),
    step("runtime", "stage/spawn", AT, { verb: "stage.spawn", preserveFds: 0 }),
    step("stage", "namespaces/enter", AT, { verb: "ns.enter", slot: SLOT.pidfd, flags }),
    // What is made to mount on then belongs to the container's root.
    ...(userNamespace ? [step("stage", "namespaces/user/root", AT, { verb: "identity.root" })] : []),
    step("stage", "rootfs/adopt", AT, { verb: "rootfs.adopt" }),
  ];
}

const end = (): Step => step("runtime", "stage/end", AT, { verb: "stage.end" });
