// `start`: open the gate of a created container, then its poststart hooks.
import { TsruncError } from "../errors/errors.js";
import { prefixed } from "../errors/format.js";
import { compileStart } from "../plan/start.js";
import type { Plan, Step } from "../plan/types.js";
import { NO_PROCESS } from "./bundle.js";
import { conductRuntime } from "./conductor.js";
import { type Container, lockContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { closeSlots, type Execution } from "./execution.js";
import { type Notify, openNotify, relayUntilReady } from "./notify.js";
import { waitForEnd } from "./proc.js";
import { SIGKILL } from "./signals.js";
import { killInit } from "./steps/kill.js";
import { whereInBundle } from "./where.js";

/** An init that has reported its failure ends at once; `state` should say so by the time we return. */
const END_MS = 1000;

/** Waits for READY=1 when a NOTIFY_SOCKET is to be told. */
export function startContainer(context: Context, id: string): void {
  const container = lockContainer(context, id);
  try {
    checkStartable(context, container);
  } catch (error) {
    container.entry.unlock();
    throw error;
  }
  startLocked(context, container);
}

/** A created container whose lock is held, which is given back. */
function startLocked(context: Context, container: Container): void {
  let notify: Notify | undefined;
  try {
    notify = openNotify(context, container.entry.dir);
    open(context, container);
  } finally {
    container.entry.unlock();
  }
  if (notify !== undefined) relayUntilReady(context, notify, container.state.pid, container.state.startTime);
}

/** Its program runs; the lock is held. */
export function runPoststart(context: Context, container: Container): void {
  if (container.state.summary.hooks?.poststart === undefined) return;
  const plan = compileStart(container.state);
  poststart(
    executionOn(context, container, plan),
    plan.steps.filter(({ op }) => op.verb === "hook.run"),
  );
}

function poststart(run: Execution, steps: readonly Step[]): void {
  try {
    conductRuntime(run, steps);
  } catch (error) {
    // runtime-spec 1.3, lifecycle: a failing poststart hook stops the container; `delete` finds it stopped.
    killInit({ verb: "process.kill", signal: SIGKILL }, run);
    throw error;
  }
}

function checkStartable(context: Context, container: Container): void {
  const status = statusOf(context.native, container);
  if (status === "created") return;
  if (status === "running") throw new TsruncError("cannot start an already running container");
  if (status === "stopped") throw new TsruncError("cannot start a container that has stopped");
  throw new TsruncError(`cannot start a container in the ${status} state`);
}

/** What the steps of a plan on an existing container need to know of it. */
export function executionOn(context: Context, { entry, state }: Container, plan: Plan): Execution {
  return {
    context,
    plan,
    entry,
    where: (at) => whereInBundle(context.native, state, at),
    userNamespace: state.summary.userNamespace,
    afterGate: state.afterGate,
    slots: new Map(),
    initPid: state.pid,
    startTime: state.startTime,
  };
}

function openGate(run: Execution, steps: readonly Step[]): void {
  try {
    conductRuntime(run, steps);
  } catch (error) {
    waitForEnd(run.context.native, run.initPid, run.startTime, END_MS);
    throw error;
  }
}

/** runtime-spec, "start": an error if `process` was not set. Nothing can start the container any more: it ends, as after any failed start. */
function checkProgram(run: Execution): void {
  if (run.afterGate?.some(({ verb }) => verb === "process.exec") === true) return;
  killInit({ verb: "process.kill", signal: SIGKILL }, run);
  throw new TsruncError(NO_PROCESS, { at: "/process" });
}

function open(context: Context, container: Container): void {
  const plan = compileStart(container.state);
  const run = executionOn(context, container, plan);
  checkProgram(run);
  const gate = plan.steps.findIndex(({ op }) => op.verb === "gate.open");
  const after = plan.steps.slice(gate + 1);
  try {
    // Until the gate is open nothing has happened: without its agent the container is still `created`.
    conductRuntime(run, plan.steps.slice(0, gate));
    openGate(run, plan.steps.slice(gate, gate + 1));
  } catch (error) {
    throw prefixed("unable to start container process: ", error);
  } finally {
    closeSlots(run);
  }
  poststart(run, after);
}
