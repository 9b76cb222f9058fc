// From one set of device rules to another while processes run: what stays allowed is allowed at every moment.
import type { DeviceException, DeviceState } from "./device-state.js";
import { describe, deviceLines, type DeviceLine } from "./devices.js";

/**
 * The lines for devices.allow and devices.deny of a v1 cgroup: what is granted first, then what is withdrawn. Only between "all but" and
 * "nothing but" it has to be all of it: the kernel forgets the exceptions then.
 */
export function deviceChanges(before: DeviceState, after: DeviceState): readonly DeviceLine[] {
  if (before.allowed !== after.allowed) return deviceLines(after);
  const added = missingIn(before, after);
  const removed = missingIn(after, before);
  const [grants, denials] = after.allowed ? [removed, added] : [added, removed];
  return [...lines("devices.allow", grants), ...lines("devices.deny", denials)];
}

export function sameDevices(one: DeviceState, other: DeviceState): boolean {
  return deviceChanges(one, other).length === 0;
}

/** Exceptions of `state`, with the access that `base` does not have. */
function missingIn(base: DeviceState, state: DeviceState): DeviceException[] {
  const known = new Map(base.exceptions.map((item) => [number(item), item.access]));
  return state.exceptions.flatMap((item) => {
    const access = item.access & ~(known.get(number(item)) ?? 0);
    return access === 0 ? [] : [{ ...item, access }];
  });
}

function number({ type, major, minor }: DeviceException): string {
  return `${type} ${major}:${minor}`;
}

function lines(file: DeviceLine["file"], exceptions: readonly DeviceException[]): DeviceLine[] {
  return exceptions.map((item) => ({ file, value: describe(item), at: "/linux/resources/devices" }));
}
