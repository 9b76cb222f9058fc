// linux.cgroupsPath for the systemd driver → the unit that the container is, and where systemd puts its cgroup.
import { TsruncError } from "../errors/errors.js";
import type { Facts } from "../plan/facts.js";
import type { CgroupPlace } from "./place.js";

/** The container's unit: a scope, or, by its name, a slice. */
export interface Unit {
  readonly name: string;
  /** The slice that it is in. */
  readonly slice: string;
  /** Of its cgroup, below that of the systemd instance: `/a.slice/a-b.slice/x.scope`. */
  readonly path: string;
}

const at = "/linux/cgroupsPath";
const SLICE = ".slice";
/** UNIT_NAME_MAX, and the characters that systemd.unit(5) allows. */
const UNIT_NAME = /^[A-Za-z0-9:_.\\@-]{1,255}$/;

/** `user`: systemd's user instance is asked, as its user. Without a path the container is a scope of the default slice. */
export function unitOf(cgroupsPath: string | undefined, id: string, user: boolean): Unit {
  const path = cgroupsPath === undefined || cgroupsPath === "" ? `:tsrunc:${id}` : cgroupsPath;
  const [slice = "", prefix = "", name = "", ...rest] = path.split(":");
  if (rest.length > 0 || path.split(":").length < 3) {
    refuse(`expected cgroupsPath to be of format "slice:prefix:name" for systemd cgroups, got ${JSON.stringify(path)} instead`);
  }
  const parent = slice === "" ? (user ? "user.slice" : "system.slice") : slice;
  const unit = name.endsWith(SLICE) ? name : `${prefix === "" ? "" : `${prefix}-`}${name}.scope`;
  if (name === "" || !UNIT_NAME.test(unit)) refuse(`${JSON.stringify(unit)} is no name of a systemd unit`);
  // Where a slice is, its name says.
  return { name: unit, slice: parent, path: unit.endsWith(SLICE) ? slicePath(unit) : `${slicePath(parent)}/${unit}` };
}

/** `a-b.slice` is in `a.slice` (systemd.slice(5)); `-.slice` is the root. */
function slicePath(slice: string): string {
  const name = slice.slice(0, -SLICE.length);
  const parts = name.split("-");
  const valid = slice.endsWith(SLICE) && UNIT_NAME.test(slice) && (name === "-" || parts.every((part) => part !== ""));
  if (!valid) refuse(`invalid slice name: ${slice}`);
  return name === "-" ? "" : parts.map((_, index) => `/${parts.slice(0, index + 1).join("-")}${SLICE}`).join("");
}

/** As cgroupPlaces. systemd makes those of the hierarchies that it manages, and the others have the same path. */
export function unitPlaces(unit: Unit, user: boolean, facts: Facts): CgroupPlace[] {
  if (user && facts.cgroup.mode !== "v2") {
    throw new TsruncError("cannot use rootless systemd cgroups manager on cgroup v1", { at: "cli:--systemd-cgroup" });
  }
  const root = user ? userRoot(facts) : "";
  return facts.cgroup.hierarchies.map(({ version, mountpoint, controllers }) => ({
    version,
    mountpoint,
    dir: `${mountpoint}${root}${unit.path}`,
    controllers: version === 2 && facts.cgroup.mode === "hybrid" ? [] : controllers,
  }));
}

/** What systemd says of it (ControlGroup); empty where there are more hierarchies than one. */
export function unitGroup({ path }: Unit, user: boolean, facts: Facts): string {
  return facts.cgroup.mode === "v2" ? `${user ? userRoot(facts) : ""}${path}` : "";
}

/**
 * The cgroup of the user instance: we are in it, or in a session of its user, or else it is where systemd puts it (user@.service). That it
 * is right is checked when the unit is there.
 */
function userRoot({ cgroup, euid }: Facts): string {
  const own = cgroup.hierarchies.find(({ version }) => version === 2)?.own ?? "/";
  const inside = /^(.*\/user@\d+\.service)(\/|$)/.exec(own)?.[1];
  if (inside !== undefined) return inside;
  const uid = /^\/user\.slice\/user-(\d+)\.slice(\/|$)/.exec(own)?.[1] ?? String(euid);
  return `/user.slice/user-${uid}.slice/user@${uid}.service`;
}

function refuse(message: string): never {
  throw new TsruncError(`${at}: ${message}`, { at });
}
