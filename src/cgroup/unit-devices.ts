// The device rules as properties of the container's unit: systemd applies its own on top of ours, and again with each daemon-reload.
import { type DeviceException, type DeviceState, accessBits, anyNumber } from "./device-state.js";
import { property, type UnitProperty } from "./unit-properties.js";

/** `char-MAJOR`, and paths of /dev/char that need not be there. */
const SINCE = 240;

/**
 * systemd has a list of what is allowed and nothing else. Rules that it can hold are given to it. For others v2 has our program, which
 * stays attached whatever systemd does, and systemd is told to leave devices alone; on v1 that would open the files for everything at the
 * next daemon-reload, so what can be said is all that is left then.
 */
export function deviceProperties(state: DeviceState, version: 1 | 2): UnitProperty[] {
  if (state.allowed && (version === 2 || state.exceptions.length === 0)) return policy("auto", []);
  const entries = state.allowed ? [] : state.exceptions.map((exception) => [pathOf(exception), letters(exception)] as const);
  const known = entries.flatMap(([path, access]) => (path === undefined ? [] : [[path, access] as const]));
  return version === 2 && known.length < entries.length ? policy("auto", []) : policy("strict", known);
}

function policy(name: "auto" | "strict", allowed: readonly (readonly [string, string])[]): UnitProperty[] {
  // The empty list first: an assignment adds to what is there.
  const lists = allowed.length === 0 ? [allowed] : [[], allowed];
  return [
    property("DevicePolicy", "s", [name], SINCE),
    ...lists.map((list) => property("DeviceAllow", "a(ss)", [String(list.length), ...list.flat()], SINCE)),
  ];
}

/** undefined: any major with one minor. */
function pathOf({ type, major, minor }: DeviceException): string | undefined {
  const kind = type === "c" ? "char" : "block";
  if (major === anyNumber) return minor === anyNumber ? `${kind}-*` : undefined;
  return minor === anyNumber ? `${kind}-${major}` : `/dev/${kind}/${major}:${minor}`;
}

function letters({ access }: DeviceException): string {
  return (["r", "w", "m"] as const).filter((letter) => access & accessBits[letter]).join("");
}
