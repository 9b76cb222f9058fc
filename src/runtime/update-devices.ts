// Device rules of an `update`: on v1 the lines that differ, on v2 another program in the place of the one that is there.
import { deviceChanges, sameDevices } from "../cgroup/device-changes.js";
import { type DeviceState, deviceProgram, deviceRules, deviceWrites } from "../cgroup/devices.js";
import type { CgroupPlace } from "../cgroup/place.js";
import { devicePlace, v1Devices } from "../cgroup/writes.js";
import { step } from "../plan/context.js";
import type { UndoEntry } from "../plan/journal.js";
import type { Op, Step } from "../plan/types.js";
import type { UndoableSteps } from "../plan/update.js";
import type { Resources } from "../spec/config.js";
import { cleanPath } from "../spec/rules/rule.js";
import type { SavedState } from "../store/state.js";
import { configOf } from "./container.js";

const ID = "update/devices";
const none: UndoableSteps = { steps: [], undo: [] };

/**
 * Rules that are those of state.json, and an empty list, change nothing: containerd sends all of a container's resources back with each
 * update, and what a device plugin has changed behind our back must outlive that.
 */
export function deviceUpdate(
  state: SavedState,
  places: readonly CgroupPlace[],
  wanted: Resources["devices"],
  origin: (at: string) => string,
): UndoableSteps {
  if (wanted === undefined || wanted.length === 0) return none;
  const [before, after] = [savedRules(state), deviceRules(wanted, nodesOf(state))];
  if (sameDevices(before, after)) return none;
  const at = origin("/linux/resources/devices");
  const steps = (from: DeviceState, to: DeviceState, id: string): Step[] =>
    changes(places, from, to).map((op, index) => step("runtime", `${id}/${index}`, at, op));
  return { steps: steps(before, after, ID), undo: steps(after, before, `undo/${ID}`) };
}

function changes(places: readonly CgroupPlace[], from: DeviceState, to: DeviceState): Op[] {
  const unified = devicePlace(places);
  if (unified !== undefined) return [{ verb: "cgroup.devices", dir: unified.dir, program: deviceProgram(to) }];
  const dir = v1Devices(places)?.dir ?? "";
  return deviceWrites(deviceChanges(from, to)).map(({ file, rules }) => ({ verb: "cgroup.rules", file: `${dir}/${file}`, rules }));
}

export function isDeviceStep({ id }: Pick<Step, "id">): boolean {
  return id.startsWith(`${ID}/`);
}

/** JSON has no bytes: the program of state.json, which an update that was killed has not changed yet, is made anew. */
export function withoutProgram({ id, op }: UndoEntry): UndoEntry {
  return op.verb === "cgroup.devices" ? { id, op: { ...op, program: new Uint8Array() } } : { id, op };
}

export function withProgram(entry: UndoEntry, state: SavedState): UndoEntry {
  const { id, op } = entry;
  return op.verb === "cgroup.devices" ? { id, op: { ...op, program: deviceProgram(savedRules(state)) } } : entry;
}

function savedRules(state: SavedState): DeviceState {
  return rulesOf(state, configOf(state).linux?.resources ?? {});
}

export function rulesOf(state: SavedState, { devices }: Resources): DeviceState {
  return deviceRules(devices, nodesOf(state));
}

function nodesOf(state: SavedState): string[] {
  return (configOf(state).linux?.devices ?? []).map(({ path }) => cleanPath(path));
}
