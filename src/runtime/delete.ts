// `delete`: take back what create did to the host, then the poststop hooks (survey 3.12).
import { TsruncError } from "../errors/errors.js";
import { formatError } from "../errors/format.js";
import { compileDelete } from "../plan/delete.js";
import { inverseOf } from "../plan/journal.js";
import type { Plan, Step } from "../plan/types.js";
import type { Entry } from "../store/entry.js";
import type { Journal, SavedState } from "../store/state.js";
import { conductRuntime } from "./conductor.js";
import { type Container, doesNotExist, entryOf, statusOf } from "./container.js";
import type { Context } from "./context.js";
import type { Execution } from "./execution.js";
import { signalEverything, thawFor } from "./kill.js";
import { waitForEnd } from "./proc.js";
import { SIGKILL } from "./signals.js";
import { executionOn } from "./start.js";

/** runc: 100 x 100 ms. */
const KILL_MS = 10_000;
const KILL_PAUSE_MS = 100;

export function deleteContainer(context: Context, id: string, force: boolean): void {
  const entry = entryOf(context, id);
  if (!entry.present()) {
    if (force) return;
    throw doesNotExist();
  }
  if (!force) entry.lock();
  else if (!lockByForce(context, entry)) return;
  try {
    const state = loadForDelete(entry, force);
    if (state !== undefined) deleteLocked(context, { entry, state }, force);
    else {
      removeLeftovers(context, entry, force);
      if (!force) throw doesNotExist();
    }
  } finally {
    entry.unlock();
  }
}

/** For `run` and `restore`: nobody but us knows of the container yet, or waits for it. When anything of `work` fails, all of it goes. */
export function orDelete<T>(context: Context, id: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    deleteContainer(context, id, true);
    throw error;
  }
}

/**
 * A `start` that hangs in a hook holds the lock for ever: without its container it fails and lets go. False when the container has
 * gone meanwhile.
 */
function lockByForce(context: Context, entry: Entry): boolean {
  try {
    if (entry.tryLock()) return true;
    const state = entry.loadState();
    if (state !== undefined) killAll(context, { entry, state });
    entry.lock();
    return true;
  } catch (error) {
    if (error instanceof TsruncError && error.message === doesNotExist().message) return false;
    throw error;
  }
}

/** By force, a state.json that cannot be read is as good as none: the journal still tells what to take back. */
function loadForDelete(entry: Entry, force: boolean): SavedState | undefined {
  try {
    return entry.loadState();
  } catch (error) {
    if (!force) throw error;
    return undefined;
  }
}

function deleteLocked(context: Context, container: Container, force: boolean): void {
  const status = statusOf(context.native, container);
  if (!force && status !== "stopped" && status !== "created") {
    throw new TsruncError(`cannot delete container ${container.state.id} that is not stopped: ${status}`);
  }
  if (status !== "stopped") killAll(context, container);
  destroyContainer(context, container, force);
}

/**
 * Frozen processes of v1 take their SIGKILL only once thawed, and a `pause` that is under way freezes them again: all of it again and again
 * until init has ended.
 */
function killAll(context: Context, container: Container): void {
  const { native } = context;
  const { pid, startTime } = container.state;
  for (const end = native.now() + KILL_MS; ;) {
    signalEverything(context, container, SIGKILL);
    thawFor(context, container);
    if (waitForEnd(native, pid, startTime, KILL_PAUSE_MS)) return;
    if (native.now() >= end) throw new TsruncError("container init still running");
  }
}

/** Of a container whose init has ended. */
export function destroyContainer(context: Context, container: Container, force = false): void {
  const { entry, state } = container;
  destroy(context, container, compileDelete(state, begunJournal(entry, force, state)));
}

/**
 * What `run` does once init has ended, made ready while it runs: `begun` is what journal and effects would say. Nothing happens when others have
 * deleted the container, whoever has the name now.
 */
export function prepareDelete(context: Context, container: Container, begun: readonly Step[]): () => void {
  const { entry, state } = container;
  const undo = [...begun].reverse().flatMap(({ id, op }) => {
    const inverse = inverseOf(op);
    return inverse === undefined ? [] : [{ id, op: inverse }];
  });
  const plan = compileDelete(state, { version: 1, id: state.id, undo });
  return () => {
    if (!entry.lockAgain()) return;
    try {
      destroy(context, container, plan);
    } finally {
      entry.unlock();
    }
  };
}

function destroy(context: Context, container: Container, plan: Plan): void {
  const run = { ...executionOn(context, container, plan), initPid: 0 };
  const failed = takeBack(
    context,
    run,
    plan.steps.filter(({ op }) => op.verb !== "hook.run"),
  );
  if (failed !== undefined) throw failed;
  runPoststop(context, run, plan.steps);
}

/** Only what the create really began: see Entry.noteEffect. */
function begunJournal(entry: Entry, force: boolean, state?: SavedState): Journal {
  const journal = loadJournal(entry, force);
  if (journal === undefined) return journalOf(entry, state);
  const effects = entry.effects();
  return { ...journal, undo: journal.undo.filter(({ id, op }) => op.verb === "store.remove" || effects.has(id)) };
}

/** By force, one that cannot be read is as good as none. */
function loadJournal(entry: Entry, force: boolean): Journal | undefined {
  try {
    return entry.loadJournal();
  } catch (error) {
    if (!force) throw error;
    return undefined;
  }
}

/**
 * A power failure may leave a state directory on disk without its journal, or with a torn one: nothing is ever synced. What was on the host is gone
 * then, but for what a state.json names.
 */
function journalOf({ id }: Entry, state: SavedState | undefined): Journal {
  const cgroups = (state?.cgroups ?? []).map(({ dir, version }) => ({
    id: `cgroup/${dir}`,
    op: { verb: "cgroup.remove", dir, version } as const,
  }));
  return { version: 1, id, undo: [...cgroups.reverse(), { id: "store", op: { verb: "store.remove" } }] };
}

/** All steps, whatever fails; the state stays when something could not be taken back, so that delete can be tried again. */
function takeBack(context: Context, run: Execution, steps: readonly Step[]): unknown {
  let failed: unknown;
  for (const step of steps) {
    // The pid file was the caller's from the moment create returned.
    if (step.op.verb === "pidfile.remove" || (step.op.verb === "store.remove" && failed !== undefined)) continue;
    try {
      conductRuntime(run, [step]);
    } catch (error) {
      context.log.debug(formatError(error));
      failed ??= error;
    }
  }
  return failed;
}

/** runtime-spec: a failing poststop hook is a warning, and those after it run. */
export function runPoststop(context: Context, run: Execution, steps: readonly Step[]): void {
  for (const step of steps.filter(({ op }) => op.verb === "hook.run")) {
    try {
      conductRuntime(run, [step]);
    } catch (error) {
      context.log.warn(formatError(error));
    }
  }
}

/** What a create or delete that was killed has left: a directory without state.json. */
function removeLeftovers(context: Context, entry: Entry, force: boolean): void {
  const { undo } = begunJournal(entry, force);
  const plan = { command: "delete", id: entry.id, steps: [] } as const;
  const run: Execution = {
    context,
    plan,
    entry,
    where: () => undefined,
    userNamespace: false,
    slots: new Map(),
    initPid: 0,
    startTime: "",
  };
  const steps = undo.map(({ id, op }): Step => ({ id, at: "default:undo", who: "runtime", op }));
  const failed = takeBack(
    context,
    run,
    steps.filter(({ op }) => op.verb !== "store.remove"),
  );
  if (failed !== undefined) throw failed;
  entry.remove();
}
