// A container that exists: its entry in the store, its saved state, what it is doing now.
import { TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import type { Config } from "../spec/config.js";
import { checkId } from "../spec/id.js";
import { Entry } from "../store/entry.js";
import { exists } from "../store/files.js";
import type { SavedState, Status } from "../store/state.js";
import { freezerState } from "./cgroup-files.js";
import type { Context } from "./context.js";
import { isAlive } from "./proc.js";

export interface Container {
  readonly entry: Entry;
  readonly state: SavedState;
}

export function doesNotExist(): TsruncError {
  return new TsruncError("container does not exist", { code: "ENOENT" });
}

export function entryOf(context: Context, id: string): Entry {
  checkId(id);
  return new Entry(context.native, context.root.path, id);
}

/** Without the lock: for looking, or to be looked at again once the lock is held. */
export function loadContainer(context: Context, id: string): Container {
  const entry = entryOf(context, id);
  const state = entry.loadState();
  if (state === undefined) throw doesNotExist();
  return { entry, state };
}

export function lockContainer(context: Context, id: string): Container {
  const entry = entryOf(context, id);
  entry.lock();
  const state = entry.loadState();
  if (state !== undefined) return { entry, state };
  entry.unlock();
  throw doesNotExist();
}

/**
 * Survey 3.7: gone, a zombie, or a reused pid is `stopped`; a frozen cgroup is `paused`; the gate is there until `start` has
 * removed it. `creating` is nowhere: state.json is written when all but the program is set up.
 */
export function statusOf(native: Native, container: Container): Status {
  const { entry, state } = container;
  if (!isAlive(native, state.pid, state.startTime)) return "stopped";
  if (isFrozen(native, state)) return "paused";
  return exists(native, entry.gate) ? "created" : "running";
}

/** The hierarchies with a freezer: v1's own, and v2, where a hybrid host may have one beside. */
export function freezers(state: SavedState): SavedState["cgroups"] {
  return state.cgroups.filter((place) => place.version === 2 || place.controllers.includes("freezer"));
}

export function isFrozen(native: Native, state: SavedState): boolean {
  return freezers(state).some(({ dir, version }) => freezerState(native, dir, version) === "frozen");
}

export function configOf(state: SavedState): Config {
  return state.config as Config;
}
