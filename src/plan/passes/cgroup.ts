// The container's cgroups: made before init enters them, or is born there; limited once the mounts are done.
import { allowsEverything, deviceLines, deviceProgram, deviceWrites } from "../../cgroup/devices.js";
import type { CgroupPlace } from "../../cgroup/place.js";
import { devicePlace, limitWrites, v1Devices } from "../../cgroup/writes.js";
import { hostId } from "../../spec/id-map.js";
import { cleanPath } from "../../spec/rules/rule.js";
import { hasUserNamespace, lastName, newNamespace, type Pass, type PlanContext, step } from "../context.js";
import { isHostRoot } from "../facts.js";
import { errno, MS } from "../linux.js";
import { parseMountOptions } from "../mountflags.js";
import type { Step } from "../types.js";
import { hasCreateHooks, savesBeside, sparesSetUp } from "./beside.js";
import { needsStage } from "./stage.js";
import { isSlice, unitLimits, unitOrigin } from "./unit.js";

/** What init is born in. */
export const cgroupCreateFirst: Pass = (context) => (bornEarly(context) ? create(context, unifiedPlaces(context.places)) : []);

/** All others, beside the start of init where there is no stage. */
export const cgroupCreate: Pass = (context) => (context.unit !== undefined && needsStage(context) ? [] : cgroupCreateRest(context));

/** What systemd has not made of the cgroup of its unit, or not enabled in it: it knows five controllers. */
export const cgroupCreateOfStage: Pass = (context) => (context.unit !== undefined && needsStage(context) ? cgroupCreateRest(context) : []);

export const cgroupCreateRest: Pass = (context) =>
  create(context, bornEarly(context) ? context.places.filter(({ version }) => version === 1) : context.places);

function bornEarly(context: PlanContext): boolean {
  return clonesIntoCgroup(context) && !needsStage(context);
}

function create(context: PlanContext, places: readonly CgroupPlace[]): Step[] {
  const at = origin(context);
  const more = unasked(context);
  return places.map(({ version, mountpoint, dir, controllers }) => {
    const op = { verb: "cgroup.create", version, mountpoint, dir, controllers } as const;
    return step("runtime", `cgroup/create/${lastName(mountpoint)}`, at, op, more);
  });
}

export const cgroupJoin: Pass = (context) => {
  const dirs = context.places.map(({ dir }) => dir);
  if (dirs.length === 0) return [];
  return [step("runtime", "cgroup/join", origin(context), { verb: "cgroup.join", dirs }, unasked(context))];
};

/** clone puts init into the v2 cgroup: that takes no lock, while every write to cgroup.procs waits for one. Before init is spawned... */
export const cgroupOpenFirst: Pass = (context) => (bornEarly(context) ? open(context) : []);

/** ... or before the stage is told to clone it. */
export const cgroupOpen: Pass = (context) => (bornEarly(context) ? [] : open(context));

function open(context: PlanContext): Step[] {
  return clonesIntoCgroup(context)
    ? unifiedPlaces(context.places).map(({ dir }) =>
        step("runtime", "cgroup/open", origin(context), { verb: "cgroup.open", dir, slot: context.slots.cgroup }),
      )
    : [];
}

/** What init could not reach from its namespaces is entered before they are joined, by the stage if there is one. */
export const cgroupEnterBefore: Pass = (context) => (entersBefore(context) ? enter(context, needsStage(context) ? "stage" : "init") : []);

/**
 * Else init enters by itself, after the clone: what the kernel keeps of its namespaces (a network namespace takes hundreds of kB) is not
 * charged to the container's memory limit, nor the stage to its limit of processes.
 */
export const cgroupEnter: Pass = (context) => (entersBefore(context) ? [] : enter(context, "init"));

/** The host's cgroups are not root's of a user namespace, and may not be mounted in a joined mount namespace. */
function entersBefore(context: PlanContext): boolean {
  return hasUserNamespace(context) || context.namespaces.get("mount")?.path !== undefined;
}

function enter(context: PlanContext, who: "stage" | "init"): Step[] {
  // systemd has put it there.
  const inUnit = context.unit !== undefined && !isSlice(context.unit) && context.facts.cgroup.mode === "v2";
  const born = clonesIntoCgroup(context) || inUnit;
  const files = context.places.flatMap(({ version, dir }) => (version === 1 ? [`${dir}/tasks`] : born ? [] : [`${dir}/cgroup.procs`]));
  if (files.length === 0) return [];
  return [step(who, "cgroup/enter", origin(context), { verb: "cgroup.enter", files }, unasked(context))];
}

/** Not without root: there may be no cgroup to be born in, and none may be asked for. */
export function clonesIntoCgroup(context: PlanContext): boolean {
  // systemd makes the cgroup of its unit when there is a process for it.
  if (context.unit !== undefined) return false;
  return isHostRoot(context.facts) && !hasUserNamespace(context) && unifiedPlaces(context.places).length > 0;
}

function origin(context: PlanContext): string {
  if (context.unit !== undefined) return unitOrigin(context);
  const { linux } = context;
  return linux.cgroupsPath === undefined || linux.cgroupsPath === "" ? "default:cgroup" : "/linux/cgroupsPath";
}

/**
 * Without root nobody may be granted any cgroup: fine, while the config asks for neither a place nor a limit (survey 2.1). Rules of
 * devices do not count: every engine sends some.
 */
export function mayLackCgroup({ facts, linux, places }: PlanContext): boolean {
  if (isHostRoot(facts) || (linux.cgroupsPath ?? "") !== "") return false;
  return limitWrites(linux.resources, places, facts).length === 0;
}

function unasked(context: PlanContext): Pick<Step, "tolerate"> | undefined {
  return mayLackCgroup(context) ? { tolerate: [errno.EPERM, errno.ENOENT, errno.EACCES, errno.EROFS] } : undefined;
}

/** Before init has its plan, where its setup needs no device that they deny: see savesBeside. */
export const cgroupRulesFirst: Pass = (context) => (rulesComeFirst(context) ? rules(context) : []);

/** Before what may depend on them or is promised them: hooks, real-time scheduling (cpu.rt_runtime_us), memory policies (cpuset.mems). */
export const cgroupLimitsFirst: Pass = (context) => (limitsMatterEarly(context) ? limitsAfterRules(context) : []);

/** Else in the turn in which the state is saved: one turn fewer. */
export const cgroupLimitsLast: Pass = (context) => (limitsMatterEarly(context) ? [] : limitsAfterRules(context));

function limitsMatterEarly(context: PlanContext): boolean {
  return hasCreateHooks(context) || context.process.scheduler !== undefined || context.linux.memoryPolicy !== undefined;
}

const limitsAfterRules: Pass = (context) => (rulesComeFirst(context) ? limits(context) : cgroupLimits(context));

function rulesComeFirst(context: PlanContext): boolean {
  return context.unit === undefined && savesBeside(context) && sparesSetUp(context);
}

export const cgroupLimits: Pass = (context) => [...unitLimits(context), ...rules(context), ...limits(context)];

/** cgroup v1 has files for it, v2 a program. */
const rules: Pass = (context) => {
  const { linux, places, facts, deviceRules } = context;
  if (facts.cgroup.mode === "none" && linux.resources?.devices === undefined) return [];
  // No rights over devices, no rules for them, not even in a cgroup that is ours: mknod is refused anyway in a user namespace.
  const more = isHostRoot(facts) ? undefined : (unasked(context) ?? { tolerate: [errno.EPERM] });
  const place = devicePlace(places);
  if (place !== undefined) return deviceAccess(context, place, more);
  const dir = v1Devices(places)?.dir ?? "";
  return deviceWrites(deviceLines(deviceRules)).map(({ file, rules, at }) =>
    step("runtime", `cgroup/${file}`, asked(at, context), { verb: "cgroup.rules", file: `${dir}/${file}`, rules }, more),
  );
};

function deviceAccess(context: PlanContext, { dir }: CgroupPlace, more: Pick<Step, "tolerate"> | undefined): Step[] {
  const { deviceRules } = context;
  if (allowsEverything(deviceRules)) return [];
  const op = { verb: "cgroup.devices", dir, program: deviceProgram(deviceRules) } as const;
  return [step("runtime", "cgroup/devices", asked("/linux/resources/devices", context), op, more)];
}

/** Nobody asked for the rules that every container has. */
function asked(at: string, { linux: { resources } }: PlanContext): string {
  return at === "/linux/resources/devices" && resources?.devices === undefined ? "default:/dev" : at;
}

/** With the cgroup's owner, for the same reasons at the same time. */
const limits: Pass = (context) => [
  ...limitWrites(context.linux.resources, context.places, context.facts).map(({ file, value, at, tolerate, orElse }) => {
    const more = { ...(tolerate && { tolerate }), ...(orElse && { orElse: { verb: "cgroup.write", ...orElse } as const }) };
    return step("runtime", `cgroup/${lastName(file)}`, at, { verb: "cgroup.write", file, value }, more);
  }),
  ...cgroupOwner(context),
];

/** The container manages its own subtree: only with a cgroup namespace of its own and a writable cgroup mount (survey 2.11). */
const cgroupOwner: Pass = (context) => {
  const { facts, linux, places } = context;
  if (facts.cgroup.mode !== "v2" || newNamespace(context, "cgroup") === undefined || !hasUserNamespace(context)) return [];
  // Without root the cgroup is the caller's already, if there is one at all.
  if (!isHostRoot(facts) || !writableCgroupMount(context)) return [];
  const uid = hostId(linux.uidMappings, 0);
  const gid = hostId(linux.gidMappings, 0);
  if (uid === undefined || gid === undefined) return [];
  return unifiedPlaces(places).map(({ dir }) => step("runtime", "cgroup/own", "/linux/uidMappings", { verb: "cgroup.own", dir, uid, gid }));
};

function unifiedPlaces(places: readonly CgroupPlace[]): CgroupPlace[] {
  return places.filter(({ version }) => version === 2);
}

function writableCgroupMount({ config }: PlanContext): boolean {
  return (config.mounts ?? []).some(
    ({ destination, type, options }) =>
      cleanPath(destination) === "/sys/fs/cgroup" &&
      (type ?? "").startsWith("cgroup") &&
      (parseMountOptions(options).flags & MS.RDONLY) === 0,
  );
}
