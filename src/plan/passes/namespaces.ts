// Namespaces: joined by descriptor, unshared, or made by the clone of init.
import type { NamespaceType } from "../../spec/config.js";
import { type NamespaceEntry, newNamespace, type Pass, type PlanContext, step } from "../context.js";
import { CLONE_NEW } from "../linux.js";
import type { Step } from "../types.js";
import { clonesIntoCgroup } from "./cgroup.js";
import { needsStage } from "./stage.js";

/** Mount last: what comes before it may need the host's view. */
const joinOrder: readonly NamespaceType[] = ["network", "ipc", "uts", "cgroup", "pid", "time", "mount"];

/** Made by the clone of init. User and time come before it, cgroup after it (cgroup_namespaces(7): the root is the cgroup one is in). */
const cloned: readonly NamespaceType[] = ["mount", "uts", "ipc", "pid", "network"];

/**
 * Root joins everything with the host's privileges and only then the user namespace, for the others need not belong to it. Without
 * root it is the user namespace that gives the right to join the others (survey 2.2). Without a stage there is no user namespace, and init
 * joins the others by itself.
 */
export const joinNamespaces: Pass = (context) => {
  const who = needsStage(context) ? "stage" : "init";
  const others = joinOrder.flatMap((type) => join(context.namespaces.get(type), who));
  const user = join(context.namespaces.get("user"), who);
  return context.facts.euid === 0 ? [...others, ...user, ...userRoot(user)] : [...user, ...userRoot(user), ...others];
};

function join(entry: NamespaceEntry | undefined, who: "stage" | "init"): Step[] {
  if (entry?.slot === undefined) return [];
  return [step(who, `namespaces/${entry.type}/join`, entry.at, { verb: "ns.join", slot: entry.slot, kind: CLONE_NEW[entry.type] })];
}

function userRoot(joined: readonly Step[]): Step[] {
  return joined.map(({ at }) => step("stage", "namespaces/user/root", at, { verb: "identity.root" }));
}

/** Only children are in it: init is the first, after its offsets were written (time_namespaces(7)). */
export const unshareTime: Pass = (context) => {
  const entry = newNamespace(context, "time");
  return entry === undefined ? [] : [step("stage", "namespaces/time/unshare", entry.at, { verb: "ns.unshare", flags: CLONE_NEW.time })];
};

export const timeOffsets: Pass = ({ linux: { timeOffsets: offsets } }) =>
  (["monotonic", "boottime"] as const).flatMap((clock) => {
    const offset = offsets?.[clock];
    if (offset === undefined) return [];
    const { secs = 0, nanosecs: nanos = 0 } = offset;
    return [step("runtime", `time-offsets/${clock}`, `/linux/timeOffsets/${clock}`, { verb: "timens.write", clock, secs, nanos })];
  });

/** Those that the clone of init makes. */
export function newNamespaces(context: PlanContext): NamespaceEntry[] {
  return cloned.flatMap((type) => newNamespace(context, type) ?? []);
}

export const cloneInit: Pass = (context) => {
  if (!needsStage(context)) return [];
  const entries = newNamespaces(context);
  const flags = entries.reduce((bits, { type }) => bits | CLONE_NEW[type], 0);
  const cgroup = clonesIntoCgroup(context) ? { cgroup: context.slots.cgroup } : {};
  return [step("stage", "init/clone", namespacesOrigin(context, entries), { verb: "process.clone", flags, ...cgroup })];
};

export function namespacesOrigin({ linux }: PlanContext, entries: readonly NamespaceEntry[]): string {
  if (entries.length === 1) return entries[0]?.at ?? "";
  return linux.namespaces === undefined ? "default:init" : "/linux/namespaces";
}

export const newCgroupNamespace: Pass = (context) => {
  const entry = newNamespace(context, "cgroup");
  return entry === undefined ? [] : [step("init", "namespaces/cgroup/unshare", entry.at, { verb: "ns.unshare", flags: CLONE_NEW.cgroup })];
};
