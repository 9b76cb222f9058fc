// The systemd cgroup driver: the container is a transient unit (docs/adr/0010-systemd.md). systemd makes the cgroup and puts the process
// that waits for its plan into it; from there on the cgroup's files are used as without it.
import { deviceProperties } from "../../cgroup/unit-devices.js";
import { property, resourceProperties, tokens, type UnitProperty } from "../../cgroup/unit-properties.js";
import { type Unit, unitGroup } from "../../cgroup/unit.js";
import { UNIT_ANNOTATION, unitAnnotation } from "../../spec/unit-annotations.js";
import { type Pass, type PlanContext, step } from "../context.js";
import { isHostRoot } from "../facts.js";
import type { Step } from "../types.js";
import { needsStage } from "./stage.js";

/** Where init is spawned at once it is the one that the unit begins with... */
export const unitOfInit: Pass = (context) => (needsStage(context) ? [] : startUnit(context));

/** ... else the stage, in whose cgroup init is born. */
export const unitOfStage: Pass = (context) => (needsStage(context) ? startUnit(context) : []);

/** After the spawn and before all that needs the cgroup. */
export const startUnit: Pass = (context) => {
  const { unit, facts } = context;
  if (unit === undefined) return [];
  const user = !isHostRoot(facts);
  const group = unitGroup(unit, user, facts);
  // Whose it is: the state directory, which no two containers share.
  const mark = `file://${encodeURI(context.stateDir)}`;
  const properties = tokens([...unitProperties(context, unit), property("Documentation", "as", ["1", mark], 238)]);
  return [step("runtime", "systemd/start", unitOrigin(context), { verb: "systemd.start", unit: unit.name, user, group, mark, properties })];
};

export function unitOrigin({ linux }: PlanContext): string {
  return (linux.cgroupsPath ?? "") === "" ? "cli:--systemd-cgroup" : "/linux/cgroupsPath";
}

/** Accounting from the start: the kernel counts no memory that was there before. Of a name that is annotated, the annotation counts. */
function unitProperties({ id, config, facts }: PlanContext, unit: Unit): UnitProperty[] {
  const yes = (name: string): UnitProperty => property(name, "b", ["true"]);
  const properties = [
    property("Description", "s", [`tsrunc container ${id}`]),
    ...(isSlice(unit)
      ? [property("Wants", "as", ["1", unit.slice])]
      : // A scope that has failed (an OOM kill) would stay until somebody resets it.
        [property("Slice", "s", [unit.slice]), yes("Delegate"), property("CollectMode", "s", ["inactive-or-failed"], 236)]),
    yes("MemoryAccounting"),
    yes("CPUAccounting"),
    yes(facts.cgroup.mode === "v2" ? "IOAccounting" : "BlockIOAccounting"),
    yes("TasksAccounting"),
    property("DefaultDependencies", "b", ["false"]),
    ...Object.entries(config.annotations ?? {}).flatMap(([key, value]) => {
      if (!key.startsWith(UNIT_ANNOTATION)) return [];
      const { name, signature, values } = unitAnnotation(key.slice(UNIT_ANNOTATION.length), value);
      return [property(name, signature, values, 0)];
    }),
  ];
  return [...new Map(properties.map((one) => [one.name, one])).values()];
}

/** It begins without a process. */
export function isSlice({ name }: Unit): boolean {
  return name.endsWith(".slice");
}

/**
 * Before the files: systemd rounds what it writes, and the files are to have the exact values. Not with the start: init needs memory to get
 * where its program starts. A user instance can load no device program.
 */
export function unitLimits(context: PlanContext): Step[] {
  const { unit, facts, linux, deviceRules } = context;
  if (unit === undefined) return [];
  const version = facts.cgroup.mode === "v2" ? 2 : 1;
  const user = !isHostRoot(facts);
  const properties = [...(user ? [] : deviceProperties(deviceRules, version)), ...resourceProperties(linux.resources ?? {}, version)];
  if (properties.length === 0) return [];
  const at = linux.resources === undefined ? "default:/dev" : "/linux/resources";
  return [step("runtime", "systemd/set", at, { verb: "systemd.set", unit: unit.name, user, properties: tokens(properties) })];
}
