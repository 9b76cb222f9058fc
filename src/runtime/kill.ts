// `kill`: a signal for the container's init, or for all of its processes.
import { TsruncError } from "../errors/errors.js";
import { isErrno } from "../store/files.js";
import type { SavedState } from "../store/state.js";
import { signalAll, thaw } from "./cgroup-files.js";
import { type Container, freezers, isFrozen, loadContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { openProcess } from "./proc.js";
import { parseSignal, SIGKILL } from "./signals.js";

export function killContainer(context: Context, id: string, signalText: string, all: boolean): void {
  const signal = parseSignal(signalText);
  const container = loadContainer(context, id);
  const stopped = statusOf(context.native, container) === "stopped";
  // Without a pid namespace of its own, what init leaves behind lives on; only the cgroup still knows it.
  const shared = !container.state.summary.ownPids;
  if (all || (signal === SIGKILL && shared)) {
    if (stopped && !all) throw notRunning();
    signalEverything(context, container, signal);
  } else {
    if (stopped) throw notRunning();
    signalInit(context, container, signal);
  }
  if (signal === SIGKILL) thawFor(context, container);
}

/** containerd takes these words for "already gone" (survey 3.2). */
function notRunning(): TsruncError {
  return new TsruncError("container not running");
}

function signalInit(context: Context, { state }: Container, signal: number): void {
  if (!sendToInit(context, state, signal)) throw notRunning();
}

/** False when init has ended. */
function sendToInit({ native }: Context, state: SavedState, signal: number): boolean {
  const pidfd = openProcess(native, state.pid, state.startTime);
  if (pidfd === undefined) return false;
  try {
    native.pidfdSend(pidfd, signal);
    return true;
  } catch (error) {
    if (isErrno(error, "ESRCH")) return false;
    throw error;
  } finally {
    native.close(pidfd);
  }
}

/**
 * Every process in any of its cgroups, and init itself. SIGKILL goes round until nobody is left, as a fork may run away from one
 * round; twenty are more than any fork bomb below pids.max has survived, and `delete` has another ten seconds.
 */
export function signalEverything(context: Context, container: Container, signal: number): void {
  const { native } = context;
  const { cgroups } = container.state;
  const place = freezers(container.state)[0] ?? cgroups[0];
  const rounds = signal === SIGKILL ? 20 : 1;
  for (let round = 0; place !== undefined && round < rounds; round++) {
    if (signalAll(native, place.dir, place.version, signal) === 0) break;
    if (signal === SIGKILL) thawFor(context, container);
    native.sleepMs(1);
  }
  if (signal !== SIGKILL && place !== undefined) return;
  // Without cgroups there is nobody else; and root in a container may move its init to a cgroup of its own choice.
  sendToInit(context, container.state, signal);
}

/** A v1 freezer holds even SIGKILL back until it is thawed (survey 3.12). */
export function thawFor(context: Context, { state }: Container): void {
  if (!isFrozen(context.native, state)) return;
  for (const { dir, version } of freezers(state)) thaw(context.native, dir, version);
}
