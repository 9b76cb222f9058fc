// `start`: the gate of a created container (docs/protocol.md).
import { TsruncError } from "../../errors/errors.js";
import { stepError } from "../../errors/format.js";
import type { Native } from "../../host/port.js";
import type { Op } from "../../plan/types.js";
import { isErrno, removeFile } from "../../store/files.js";
import type { Execution } from "../execution.js";
import { type FailMessage, parseGateAnswer, startMessage } from "../messages.js";

export function openGate(_op: Op<"gate.open">, run: Execution): void {
  const native = run.context.native;
  const gate = connect(native, run.entry.gate);
  try {
    // Before START, so that a second start finds no gate; the container is "running" from here on.
    removeFile(native, run.entry.gate);
    native.send(gate, startMessage(), []);
    const failure = parseGateAnswer(readToEnd(native, gate));
    if (failure !== undefined) throw gateError(failure, run);
  } finally {
    native.close(gate);
  }
}

function connect(native: Native, path: string): number {
  try {
    return native.connectUnix(path);
  } catch (error) {
    if (isErrno(error, "ENOENT")) throw new TsruncError("cannot start an already running container");
    if (isErrno(error, "ECONNREFUSED")) throw new TsruncError("cannot start a container that has stopped");
    throw error;
  }
}

function readToEnd(native: Native, fd: number): Uint8Array {
  const chunks: number[] = [];
  for (;;) {
    const message = native.receive(fd, -1);
    if (message === null) return Uint8Array.from(chunks);
    for (const stray of message.fds) native.close(stray);
    chunks.push(...message.data);
  }
}

/** The step is one of the create plan that this init runs; only its index came with the message. */
function gateError(failure: FailMessage, run: Execution): TsruncError {
  const unknown = { id: `init/${failure.index}`, at: "/process", verb: "process.exec" };
  const step = run.afterGate?.find((saved) => saved.index === failure.index) ?? unknown;
  return stepError({ ...step, userNamespace: run.userNamespace }, failure);
}
