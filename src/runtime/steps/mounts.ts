// Mounts that the container's init can not make by itself, and those that come to a container that runs.
import { TsruncError } from "../../errors/errors.js";
import { unescape as unescapeMountinfo } from "../../host/facts.js";
import type { Native } from "../../host/port.js";
import { CLONE_NEW } from "../../plan/linux.js";
import type { IdMap, Op } from "../../plan/types.js";
import type { SavedMount, SavedState } from "../../store/state.js";
import { type Execution, fillSlot } from "../execution.js";
import { withHelper } from "../helper.js";
import { isAlive } from "../proc.js";

/** Slots of the helper's own table. */
const SLOT = { user: 1, mount: 2, map: 3 } as const;

export function prepare(op: Op<"mount.prepare">, run: Execution): void {
  const { native } = run.context;
  const fds = new Map<number, number>();
  try {
    const enter = entering(op, run, fds);
    if (op.mapped) fds.set(SLOT.map, op.uid.length === 0 ? openNamespace(run, "user") : mappedNamespace(run, op.uid, op.gid));
    const { source, fstype, recursive, flags, data, propagation, mapTree, slot, copyLink } = op;
    const more = { ...(op.mapped && { userns: SLOT.map }), ...(copyLink === true && { copyLink }) };
    const open: Op = { verb: "mount.open", source, fstype, recursive, flags, data, propagation, mapTree, slot, ...more };
    const opened = withHelper(run.context, [...enter, open], fds, (done) => done.opened);
    if (opened === undefined) throw new TsruncError("mount.open has sent no mount");
    fillSlot(run, slot, opened.fd);
    run.mountId = opened.id;
  } finally {
    for (const fd of fds.values()) native.close(fd);
  }
}

/** Where the mount is made, as the helper's first steps. */
function entering(op: Op<"mount.prepare">, run: Execution, fds: Map<number, number>): Op[] {
  const joinMount: Op = { verb: "ns.join", slot: SLOT.mount, kind: CLONE_NEW.mount };
  switch (op.from) {
    case "init":
      fds.set(SLOT.mount, openNamespace(run, "mnt"));
      return [joinMount];
    case "container":
      fds.set(SLOT.mount, openNamespace(run, "mnt"));
      if (!hasOtherUserNamespace(run)) return [joinMount];
      fds.set(SLOT.user, openNamespace(run, "user"));
      // Mount first: it takes the host's rights to join it. Then root of the container, whose files these will be.
      return [joinMount, { verb: "ns.join", slot: SLOT.user, kind: CLONE_NEW.user }, { verb: "identity.root" }];
    default:
      if (!hasOtherUserNamespace(run)) return [];
      if (run.context.native.geteuid() !== 0) {
        // Our rights are those of the owner of that namespace: the copy is for the helper alone.
        fds.set(SLOT.user, openNamespace(run, "user"));
        return [
          { verb: "ns.join", slot: SLOT.user, kind: CLONE_NEW.user },
          { verb: "ns.unshare", flags: CLONE_NEW.mount },
        ];
      }
      fds.set(SLOT.mount, lockedCopy(run));
      return [joinMount];
  }
}

/** A namespace of the container's init, which is proven not to be a reused pid's after it was opened. */
function openNamespace(run: Execution, name: "mnt" | "user"): number {
  const { native } = run.context;
  const fd = native.open(`/proc/${run.initPid}/ns/${name}`, ["read"], 0);
  if (isAlive(native, run.initPid, run.startTime)) return fd;
  native.close(fd);
  throw new TsruncError("container not running");
}

function hasOtherUserNamespace({ context: { native }, initPid }: Execution): boolean {
  return native.readlink(`/proc/${initPid}/ns/user`) !== native.readlink("/proc/self/ns/user");
}

/**
 * A copy of our mount namespace that belongs to the container's user namespace. What is cloned from there has the flags of the host's
 * mounts locked (ro, nosuid, nodev...) and the mounts of a tree tied to each other: a container with CAP_SYS_ADMIN over its own
 * namespaces could take them off a mount that came straight from ours.
 */
function lockedCopy(run: Execution): number {
  const user = openNamespace(run, "user");
  try {
    const ops: Op[] = [
      { verb: "ns.join", slot: SLOT.user, kind: CLONE_NEW.user },
      { verb: "ns.unshare", flags: CLONE_NEW.mount },
    ];
    return withHelper(run.context, ops, new Map([[SLOT.user, user]]), ({ pid }) => openOf(run.context.native, pid, "mnt"));
  } finally {
    run.context.native.close(user);
  }
}

/** It lives as long as the descriptor, and then as the mounts that have its maps. */
function mappedNamespace(run: Execution, uid: readonly IdMap[], gid: readonly IdMap[]): number {
  const { native } = run.context;
  return withHelper(run.context, [{ verb: "ns.unshare", flags: CLONE_NEW.user }], new Map(), ({ pid }) => {
    native.writeText(`/proc/${pid}/gid_map`, mapText(gid));
    native.writeText(`/proc/${pid}/uid_map`, mapText(uid));
    return openOf(native, pid, "user");
  });
}

function openOf(native: Native, pid: number, name: "mnt" | "user"): number {
  return native.open(`/proc/${pid}/ns/${name}`, ["read"], 0);
}

function mapText(maps: readonly IdMap[]): string {
  return maps.map(({ containerId, hostId, size }) => `${containerId} ${hostId} ${size}\n`).join("");
}

export function note({ target }: Op<"mounts.note">, run: Execution): void {
  if (run.mountId === undefined) throw new TsruncError("mounts.note without mount.prepare");
  const entry: SavedMount = { target, mountId: run.mountId.toString() };
  changeState(run, (mounts) => [...mounts, entry]);
}

export function forget({ mountIds }: Op<"mounts.forget">, run: Execution): void {
  const gone = new Set(mountIds.map(String));
  changeState(run, (mounts) => mounts.filter(({ mountId }) => !gone.has(mountId)));
}

/** A container that renames directories can make us miss it, not for long. */
const TRIES = 5;

/** What is not attached any more, or was not yet, is only forgotten. */
export function withdraw({ target }: Op<"mounts.withdraw">, run: Execution): void {
  const mount = savedState(run).addedMounts?.findLast((entry) => entry.target === target);
  if (mount === undefined) return;
  const mountId = BigInt(mount.mountId);
  for (let left = TRIES; ; left--) {
    const point = attachedMounts(run).get(mount.mountId);
    if (point === undefined) break;
    try {
      detach(run, point, mountId);
      break;
    } catch (error) {
      if (left === 1) throw error;
    }
  }
  forget({ verb: "mounts.forget", mountIds: [mountId] }, run);
}

function detach(run: Execution, target: string, mountId: bigint): void {
  const fds = new Map<number, number>();
  try {
    const ops: Op[] = [...joining(run, fds), { verb: "rootfs.adopt" }, { verb: "mount.detach", target, mountId }];
    withHelper(run.context, ops, fds, () => undefined);
  } finally {
    for (const fd of fds.values()) run.context.native.close(fd);
  }
}

/** Without root it is the user namespace that gives the right to the other. */
function joining(run: Execution, fds: Map<number, number>): Op[] {
  const user = run.context.native.geteuid() !== 0 && hasOtherUserNamespace(run);
  fds.set(SLOT.mount, openNamespace(run, "mnt"));
  if (user) fds.set(SLOT.user, openNamespace(run, "user"));
  return [
    ...(user ? [{ verb: "ns.join", slot: SLOT.user, kind: CLONE_NEW.user } as const] : []),
    { verb: "ns.join", slot: SLOT.mount, kind: CLONE_NEW.mount },
  ];
}

function savedState(run: Execution): SavedState {
  const state = run.entry.loadState();
  if (state === undefined) throw new TsruncError("container does not exist");
  return state;
}

function changeState(run: Execution, change: (mounts: readonly SavedMount[]) => readonly SavedMount[]): void {
  const state = savedState(run);
  run.entry.saveState({ ...state, addedMounts: change(state.addedMounts ?? []) });
}

/** All mounts that the container's init sees, by id, with the paths at which they are now (proc_pid_mountinfo(5)). */
export function attachedMounts({ context: { native }, initPid }: Pick<Execution, "context" | "initPid">): Map<string, string> {
  const lines = native.readText(`/proc/${initPid}/mountinfo`).split("\n");
  return new Map(
    lines.map((line) => {
      const [id = "", , , , point = ""] = line.split(" ", 5);
      return [id, unescapeMountinfo(point)];
    }),
  );
}
