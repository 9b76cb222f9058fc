// `update` of a container that is a unit of systemd: its properties change before its files, or the next daemon-reload would undo it.
import { deviceProperties } from "../cgroup/unit-devices.js";
import { resourceProperties, restoringProperties, tokens, type UnitProperty } from "../cgroup/unit-properties.js";
import { unitOf } from "../cgroup/unit.js";
import { step } from "../plan/context.js";
import type { Step } from "../plan/types.js";
import type { UndoableSteps } from "../plan/update.js";
import type { Resources } from "../spec/config.js";
import type { SavedState } from "../store/state.js";
import { configOf } from "./container.js";
import { rulesOf } from "./update-devices.js";

const ID = "update/systemd";

/**
 * systemd writes all files of a controller when one of its properties changes, in its own rounding: so all values are written again after
 * it, as runc does.
 */
export function written(state: SavedState, asked: Resources, merged: Resources): Resources {
  return state.systemdCgroup ? merged : asked;
}

/** `devices`: these change too. */
export function unitUpdate(state: SavedState, merged: Resources, devices: boolean): UndoableSteps {
  if (!state.systemdCgroup) return { steps: [], undo: [] };
  const version = state.cgroups.some((place) => place.version === 1) ? 1 : 2;
  const saved = configOf(state).linux?.resources ?? {};
  const [before, after] = [resourceProperties(saved, version), resourceProperties(merged, version)];
  const rules = (resources: Resources): UnitProperty[] =>
    devices && !state.rootless ? deviceProperties(rulesOf(state, resources), version) : [];
  const set = (id: string, properties: readonly UnitProperty[]): Step[] => {
    const unit = unitOf(configOf(state).linux?.cgroupsPath, state.id, state.rootless).name;
    const op = { verb: "systemd.set", unit, user: state.rootless, properties: tokens(properties) } as const;
    return properties.length === 0 ? [] : [step("runtime", id, "/linux/resources", op)];
  };
  return {
    steps: set(ID, [...rules(merged), ...after]),
    undo: set(`undo/${ID}`, [...rules(saved), ...restoringProperties(after, before)]),
  };
}

export function isUnitStep({ id }: Pick<Step, "id">): boolean {
  return id === ID;
}
