// The mounts of config.json, in the order listed (survey 2.3).
import type { Mount } from "../../spec/config.js";
import { isOptionProblem, type MountIdMap, mountIdMap } from "../../spec/mount-id-map.js";
import { mayBeIdMapped, type MountShape, mountShape, mountShapes } from "../../spec/mount-shape.js";
import { bundlePath, canMount, type Pass, type PlanContext, step } from "../context.js";
import { MS } from "../linux.js";
import { optionsOf } from "../mountflags.js";
import type { Step } from "../types.js";
import { cgroupMount, withHostOptions } from "./cgroup-mount.js";
import { attachMount, bindMount, bindOf, filledFirst, newMount, type ParsedMount, prepareMount, remount } from "./mount-ops.js";

export const mounts: Pass = (context) => {
  if (!canMount(context)) return [];
  const steps: Step[] = [];
  const { mounts: list = [] } = context.config;
  const { closedSources = [] } = context;
  const shapes = mountShapes(context.config.mounts).all;
  // A plain loop, and nothing made that is not needed: there may be thousands.
  for (let i = 0; i < list.length; i++) {
    const mount = list[i] as Mount;
    const shape = shapes[i] as MountShape;
    const closed = closedSources.includes(i);
    if (shape.list.plain && !mayBeIdMapped(mount, shape) && !closed) {
      const op = bindOf(bundlePath(context, mount.source ?? ""), shape.target, optionsOf(shape.list));
      steps[steps.length] = { id: `mounts/${i}/bind`, at: `/mounts/${i}`, who: "init", op };
    } else steps.push(...mountSteps(context, parseMount(context, mount, i, shape), closed));
  }
  return steps;
};

/** What had to be filled first. A bind mount is no such thing: it is read-only at once. */
export const readonlyMounts: Pass = (context) => {
  if (!canMount(context)) return [];
  const { all, odd } = mountShapes(context.config.mounts);
  return odd
    .filter((index) => (optionsOf((all[index] as MountShape).list).flags & MS.RDONLY) !== 0)
    .map((index) => parseMount(context, context.config.mounts?.[index] as Mount, index, all[index]))
    .filter((mount) => filledFirst(mount))
    .map(({ id, at, target }) => step("init", `${id}/readonly`, at, { verb: "mount.readonly", target }));
};

export function parseMount(
  context: Pick<PlanContext, "bundle" | "config">,
  mount: Mount,
  index: number,
  shape: MountShape = mountShape(mount),
): ParsedMount {
  const { flags, cleared, propagation, recSet, recClear, copyUp, copyLink, data } = optionsOf(shape.list);
  const { type = "", source = "" } = mount;
  const bind = (flags & MS.BIND) !== 0 || type === "bind";
  return {
    idMap: mayBeIdMapped(mount, shape) ? idMapOf(context, mount) : undefined,
    flags: bind ? flags | MS.BIND : flags,
    cleared,
    propagation,
    recSet,
    recClear,
    copyUp,
    copyLink: copyLink === true,
    data,
    id: `mounts/${index}`,
    at: `/mounts/${index}`,
    type: bind ? "bind" : type,
    source: bind ? bundlePath(context, source) : source,
    target: shape.target,
  };
}

/** A problem is a rule's business, and does not come here. */
function idMapOf({ config }: Pick<PlanContext, "config">, mount: Mount): MountIdMap | undefined {
  const idMap = mountIdMap(mount, config);
  return isOptionProblem(idMap) ? undefined : idMap;
}

/** `closed`: it is a bind mount of what only the runtime can open. */
function mountSteps(context: PlanContext, mount: ParsedMount, closed: boolean): Step[] {
  if ((mount.flags & MS.REMOUNT) !== 0) return [step("init", `${mount.id}/remount`, mount.at, remount(mount))];
  if (closed || mount.idMap !== undefined) return preparedSteps(mount.type === "bind" ? mount : labelled(context, mount));
  if (mount.type === "bind") return [step("init", `${mount.id}/bind`, mount.at, bindMount(mount))];
  if (mount.type === "cgroup") return cgroupMount(context, mount);
  if (mount.type === "cgroup2") return [step("init", `${mount.id}/cgroup2`, mount.at, newMount(withHostOptions(context, mount)))];
  return [step("init", `${mount.id}/${mount.type}`, mount.at, newMount(labelled(context, mount))), ...labelSteps(context, mount)];
}

/** Mapping ids takes rights over the filesystem of the source, which the container's root has not: the runtime has it done, in time. */
function preparedSteps(mount: ParsedMount): Step[] {
  const { id, at, type } = mount;
  return [
    step("runtime", `${id}/open`, at, prepareMount(mount, { from: "init", propagation: 0 })),
    step("init", `${id}/${type}`, at, attachMount(mount)),
  ];
}

/** These have no files of their own to label, or (mqueue) take it only afterwards (survey 6.3 #35). */
const withoutContext = new Set(["proc", "sysfs", "cgroup2", "mqueue"]);

/** linux.mountLabel. Quoted: the categories of a label are separated by commas. */
function labelled({ linux: { mountLabel = "" } }: PlanContext, mount: ParsedMount): ParsedMount {
  if (mountLabel === "" || withoutContext.has(mount.type)) return mount;
  const context = `context="${mountLabel}"`;
  return { ...mount, data: mount.data === "" ? context : `${mount.data},${context}` };
}

function labelSteps({ linux: { mountLabel: label = "" } }: PlanContext, { id, type, target }: ParsedMount): Step[] {
  if (label === "" || type !== "mqueue") return [];
  return [step("init", `${id}/label`, "/linux/mountLabel", { verb: "mount.label", target, label })];
}
