// `start`: the gate of a created container (docs/protocol.md).
import { TsruncError } from "../../errors/errors.js";
import { stepError } from "../../errors/format.js";
import type { Native } from "../../host/port.js";
import { LISTENER_SLOT } from "../../plan/passes/seccomp.js";
import type { Op } from "../../plan/types.js";
import { decodeChildMessage, type FailMessage, startMessage } from "../../plan/wire.js";
import { isErrno, removeFile } from "../../store/files.js";
import { closeSlots, type Execution } from "../execution.js";
import { ChildTimes } from "../timing.js";

export function openGate(_op: Op<"gate.open">, run: Execution): void {
  const native = run.context.native;
  const gate = connect(native, run.entry.gate);
  try {
    // Before START, so that a second start finds no gate; the container is "running" from here on.
    removeFile(native, run.entry.gate);
    const answer = start(gate, run);
    const failure = parseGateAnswer(answer);
    if (failure !== undefined) throw gateError(failure, run);
  } finally {
    native.close(gate);
  }
}

/** What init says until the program runs. */
function start(gate: number, run: Execution): Uint8Array {
  const { native, timeline } = run.context;
  const steps = run.afterGate ?? [];
  const times = timeline && new ChildTimes(native, steps.length);
  const listener = run.slots.get(LISTENER_SLOT);
  const fds = [times?.theirs, listener].filter((fd) => fd !== undefined);
  native.send(gate, [startMessage(times !== undefined, listener !== undefined)], fds);
  if (times !== undefined) native.close(times.theirs);
  // The agent may wait for the end of the connection.
  closeSlots(run);
  const answer = readToEnd(native, gate);
  if (timeline === undefined || times === undefined) return answer;
  times.end = timeline.now();
  times.collect(timeline, (index) => {
    const step = steps.find((saved) => saved.index === index);
    return step && { step, who: "init", pid: run.initPid };
  });
  return answer;
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

const ANSWER_CHUNK = 16 * 1024;

function readToEnd(native: Native, fd: number): Uint8Array {
  const chunks: number[] = [];
  for (;;) {
    const bytes = readSome(native, fd);
    if (bytes.length === 0) return Uint8Array.from(chunks);
    chunks.push(...bytes);
  }
}

function readSome(native: Native, fd: number): Uint8Array {
  try {
    return native.read(fd, ANSWER_CHUNK);
  } catch (error) {
    // Unlike the end of file of an init that has become the program: this one has never read what we said.
    if (isErrno(error, "ECONNRESET")) throw new TsruncError("container init ended before it could be started");
    throw error;
  }
}

/** What came until end of file: nothing when the program runs, else a length and a FAIL message. */
function parseGateAnswer(bytes: Uint8Array): FailMessage | undefined {
  if (bytes.length === 0) return undefined;
  const length = bytes.length < 4 ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (length + 4 !== bytes.length) throw new TsruncError("container init sent a broken answer at the gate");
  const message = decodeChildMessage(bytes.subarray(4));
  if (message.kind !== "fail") throw new TsruncError("container init sent a wrong answer at the gate");
  return message;
}

/** The step is one of the create plan that this init runs; only its index came with the message. */
function gateError(failure: FailMessage, run: Execution): TsruncError {
  const unknown = { id: `init/${failure.index}`, at: "/process", verb: "process.exec" };
  const step = run.afterGate?.find((saved) => saved.index === failure.index) ?? unknown;
  return stepError({ ...step, where: run.where(step.at), userNamespace: run.userNamespace }, failure);
}
