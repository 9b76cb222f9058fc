// linux.resources → the writes to cgroup files, in their order. Device rules are a matter of their own (devices.ts).
import { TsruncError } from "../errors/errors.js";
import type { Facts } from "../plan/facts.js";
import type { Entry, Family, OtherFile } from "./entry.js";
import type { CgroupPlace } from "./place.js";
import type { Resources } from "./resources.js";
import { unifiedLines } from "./unified.js";
import { v1Families } from "./v1.js";
import { v2Families } from "./v2.js";

/** One write(2) of `value` to `file`. */
export interface CgroupWrite {
  /** Absolute. */
  readonly file: string;
  readonly value: string;
  /** JSON pointer of the property that asks for it. */
  readonly at: string;
  /** errno numbers that are no failure. */
  readonly tolerate?: readonly number[];
  /** Where the kernel may have another file for the same: to be tried when this write fails. */
  readonly orElse?: OtherFile;
}

/**
 * What to write to the container's fresh cgroup, init being in it; not for device rules. A property that is absent or 0 (where 0 means nothing)
 * writes nothing; one whose controller this host lacks is an error that names both. Values that the kernel would clamp without a word are refused.
 */
export function limitWrites(wanted: Resources = {}, places: readonly CgroupPlace[], facts: Facts): CgroupWrite[] {
  if (Object.keys(wanted).every((name) => name === "devices")) return [];
  const version = places.some((place) => place.version === 1) ? 1 : 2;
  const own = places.filter((place) => place.version === version);
  const limits = (version === 1 ? v1Families : v2Families).flatMap((family) => familyWrites(family, wanted, own, facts));
  if (version === 2) return [...limits, ...unifiedWrites(wanted, own[0])];
  if (Object.keys(wanted.unified ?? {}).length > 0) {
    refuse("/linux/resources/unified", "invalid configuration: cannot use unified on cgroup v1");
  }
  checkShares(wanted);
  return limits;
}

/** Where the device program of v2 goes; undefined when the v1 controller has the rules. Without either nothing would guard devices. */
export function devicePlace(places: readonly CgroupPlace[]): CgroupPlace | undefined {
  if (v1Devices(places) !== undefined) return undefined;
  const unified = places.find((place) => place.version === 2);
  return unified ?? refuse("/linux/resources/devices", "cannot restrict devices: there is neither a devices controller nor cgroup v2");
}

/** Where their files are on v1. */
export function v1Devices(places: readonly CgroupPlace[]): CgroupPlace | undefined {
  return places.find((place) => place.version === 1 && place.controllers.includes("devices"));
}

function familyWrites(family: Family, resources: Resources, places: readonly CgroupPlace[], facts: Facts): CgroupWrite[] {
  const entries = family.entries(resources).filter((one) => one !== undefined);
  const first = entries[0];
  if (first === undefined) return [];
  const place = places.find((one) => one.controllers.includes(family.controller));
  return entries.map((one) => (place === undefined ? absent(family, first, facts) : inDirectory(one, place.dir)));
}

function inDirectory({ property, file, value, tolerate, orElse }: Entry, dir: string): CgroupWrite {
  return {
    file: `${dir}/${file}`,
    value,
    at: `/linux/resources/${property}`,
    ...(tolerate && { tolerate }),
    ...(orElse && { orElse: { file: `${dir}/${orElse.file}`, value: orElse.value } }),
  };
}

function absent(family: Family, { property }: Entry, facts: Facts): never {
  const why =
    facts.cgroup.mode === "none" ? "no cgroup hierarchy is mounted" : `the ${family.controller} controller is not available on this host`;
  return refuse(`/linux/resources/${property}`, `cannot set ${family.controller} limit (${property.replaceAll("/", ".")}): ${why}`);
}

function unifiedWrites(resources: Resources, place: CgroupPlace | undefined): CgroupWrite[] {
  const lines = unifiedLines(resources.unified ?? {}, place?.controllers ?? []);
  return place === undefined ? [] : lines.map(({ file, value, at }) => ({ file: `${place.dir}/${file}`, value, at }));
}

/** The kernel clamps cpu.shares to 2..262144 without a word; runc reads back and refuses with these words. */
function checkShares({ cpu }: Resources): void {
  const shares = BigInt(cpu?.shares ?? 0);
  if (shares === 1n) refuse("/linux/resources/cpu/shares", "the minimum allowed cpu-shares is 2");
  if (shares > 262144n) refuse("/linux/resources/cpu/shares", "the maximum allowed cpu-shares is 262144");
}

function refuse(at: string, message: string): never {
  throw new TsruncError(`${at}: ${message}`, { at });
}
