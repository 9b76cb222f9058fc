// linux.intelRdt: a group of resctrl for the container, or one that is there (Documentation/filesystems/resctrl.rst).
import { type Pass, type PlanContext, step } from "../context.js";
import type { Step } from "../types.js";

const at = "/linux/intelRdt";

type Container = Pick<PlanContext, "linux" | "id"> & { readonly facts: Pick<PlanContext["facts"], "resctrl"> };

/** The group's directory; undefined when nothing is asked for. The rules have refused it where resctrl is not mounted. */
export function resctrlGroup({ linux: { intelRdt: wanted = {} }, facts, id }: Container): string | undefined {
  const { closID = "", enableMonitoring = false } = wanted;
  // In this order: to know where resctrl is takes reading all mounts of the host.
  if ((closID === "" && linesOf(wanted).length === 0 && !enableMonitoring) || facts.resctrl === undefined) return undefined;
  return closID === "/" ? facts.resctrl : `${facts.resctrl}/${closID === "" ? id : closID}`;
}

/** config-linux.md: those of L3, then of memory bandwidth, then the rest. */
function linesOf({ l3CacheSchema = "", memBwSchema = "", schemata = [] }: NonNullable<PlanContext["linux"]["intelRdt"]>): string[] {
  return [l3CacheSchema, memBwSchema, ...schemata].filter((line) => line !== "");
}

/** A group of the container's own is removed with it; one of a closID stays, whoever has made it. */
export const intelRdt: Pass = (context) => {
  const { intelRdt: wanted = {} } = context.linux;
  const dir = resctrlGroup(context);
  if (dir === undefined) return [];
  const lines = linesOf(wanted);
  const own = (wanted.closID ?? "") === "";
  const group: Step[] = own
    ? [
        step("runtime", "rdt/create", at, { verb: "rdt.create", dir }),
        ...(lines.length === 0 ? [] : [step("runtime", "rdt/schemata", at, { verb: "rdt.write", dir, lines })]),
      ]
    : [step("runtime", "rdt/use", `${at}/closID`, { verb: "rdt.use", dir, lines })];
  const monitor = `${dir}/mon_groups/${context.id}`;
  const monitored = wanted.enableMonitoring === true;
  return [
    ...group,
    ...(monitored ? [step("runtime", "rdt/monitor", `${at}/enableMonitoring`, { verb: "rdt.create", dir: monitor })] : []),
    ...joinIntelRdt(context),
  ];
};

/** Also for exec. The group first: a monitoring group takes only tasks of its own. */
export function joinIntelRdt(context: PlanContext): Step[] {
  const dir = resctrlGroup(context);
  if (dir === undefined) return [];
  const monitor = context.linux.intelRdt?.enableMonitoring === true ? [`${dir}/mon_groups/${context.id}`] : [];
  return [step("runtime", "rdt/join", at, { verb: "rdt.join", dirs: [dir, ...monitor] })];
}
