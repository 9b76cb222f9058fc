// Annotations org.systemd.property.NAME: properties of the container's unit, for the systemd cgroup driver.
import { type DbusValue, GvariantError, parseGvariant } from "./gvariant.js";

export const UNIT_ANNOTATION = "org.systemd.property.";

export interface AnnotatedProperty extends DbusValue {
  readonly name: string;
}

/** `name` without the prefix. systemd's unit files have seconds (TimeoutStopSec), its D-Bus interface microseconds. Throws GvariantError. */
export function unitAnnotation(name: string, text: string): AnnotatedProperty {
  const value = parseGvariant(text);
  if (!/[a-z]Sec$/.test(name)) return { name, ...value };
  return { name: name.replace(/Sec$/, "USec"), signature: "t", values: [microseconds(value)] };
}

function microseconds({ signature, values: [text = ""] }: DbusValue): string {
  if (!"ynqiuxtd".includes(signature)) throw new GvariantError("not a number");
  if (text.startsWith("-")) throw new GvariantError(`${text} is no time`);
  if (signature === "d") return BigInt(Math.trunc(Number(text) * 1e6)).toString();
  return (BigInt(text) * 1_000_000n).toString();
}
