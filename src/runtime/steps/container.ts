// What a process that joins a container needs of its init.
import { TsruncError } from "../../errors/errors.js";
import type { Op } from "../../plan/types.js";
import { type Execution, fillSlot } from "../execution.js";
import { openProcess } from "../proc.js";

export function openPidfd(op: Op<"container.pidfd">, run: Execution): void {
  const pidfd = openProcess(run.context.native, run.initPid, run.startTime);
  if (pidfd === undefined) throw new TsruncError("cannot exec in a stopped container");
  if (op.slot === undefined) run.context.native.close(pidfd);
  else fillSlot(run, op.slot, pidfd);
}

/** By pid: container.pidfd comes after it and proves that the pid was still init's. */
export function openRoot(op: Op<"container.root">, run: Execution): void {
  fillSlot(run, op.slot, run.context.native.open(`/proc/${run.initPid}/root`, ["path", "dir"], 0));
}
