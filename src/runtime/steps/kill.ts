// End the container's init and wait for it.
import { TsruncError } from "../../errors/errors.js";
import type { Op } from "../../plan/types.js";
import { isErrno } from "../../store/files.js";
import type { Execution } from "../execution.js";
import { openProcess, waitForEnd } from "../proc.js";

/** runc: 100 x 100 ms. */
const WAIT_MS = 10_000;

export function killInit(op: Op<"process.kill">, run: Execution): void {
  const native = run.context.native;
  if (run.initPid === 0) return;
  const pidfd = openProcess(native, run.initPid, run.startTime);
  if (pidfd === undefined) return;
  try {
    native.pidfdSend(pidfd, op.signal);
  } catch (error) {
    if (!isErrno(error, "ESRCH")) throw error;
  } finally {
    native.close(pidfd);
  }
  if (!waitForEnd(native, run.initPid, run.startTime, WAIT_MS)) throw new TsruncError("container init still running");
}
