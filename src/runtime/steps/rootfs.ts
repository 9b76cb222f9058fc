// The root of a container that shares the runtime's mount namespace: a mount of its own, in the state directory.
import type { Op } from "../../plan/types.js";
import { isErrno } from "../../store/files.js";
import { type Execution, fillSlot } from "../execution.js";
import { withHelper } from "../helper.js";

export function attach({ path, at, propagation, slot }: Op<"rootfs.attach">, run: Execution): void {
  const ops: Op[] = [
    { verb: "rootfs.enter", path, bind: false },
    { verb: "rootfs.expose", at, tree: propagation },
  ];
  withHelper(run.context, ops, new Map(), () => undefined);
  fillSlot(run, slot, run.context.native.open(at, ["path", "dir", "nofollow"], 0));
}

/** rmdir(2) says EBUSY while something is mounted there: what lies below is never touched. */
export function detach({ at }: Op<"rootfs.detach">, run: Execution): void {
  withHelper(run.context, [{ verb: "rootfs.conceal", at }], new Map(), () => undefined);
  try {
    run.context.native.rmdir(at);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}
