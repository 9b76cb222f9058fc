// The child, and what it needs from outside: opened before a stage is started, but beside the start of init, which waits for the plan.
import { filterProfile } from "../../seccomp/translate.js";
import { stringifyJson } from "../../spec/json.js";
import { sysctlName } from "../../spec/sysctl.js";
import { type Pass, type PlanContext, step } from "../context.js";
import { CLONE_NEW } from "../linux.js";
import type { Step } from "../types.js";
import { clonesIntoCgroup } from "./cgroup.js";
import { newNamespaces, namespacesOrigin } from "./namespaces.js";
import { needsStage } from "./stage.js";

/**
 * A network namespace takes long while another is taken down: init makes it beside what the runtime does. Not where it is born in the cgroup
 * that limits its memory, which would pay for it (see cgroupEnter).
 */
export const spawnInit: Pass = (context) => {
  if (needsStage(context)) return [];
  const entries = newNamespaces(context);
  const born = clonesIntoCgroup(context);
  // systemd moves it there at any moment.
  const charged = (born || context.unit !== undefined) && context.facts.cgroup.mode === "v2";
  const late = entries.filter(({ type }) => type === "network" && !charged);
  const bits = (of: typeof entries): number => of.reduce((sum, { type }) => sum + CLONE_NEW[type], 0);
  const unshare = bits(late);
  const flags = bits(entries) - unshare;
  const cgroup = born ? { cgroup: context.slots.cgroup } : {};
  const op = { verb: "init.spawn", preserveFds: preservedFds(context), flags, unshare, ...cgroup } as const;
  return [step("runtime", "init/spawn", namespacesOrigin(context, entries), op)];
};

export const prepare: Pass = (context) => [
  ...openNamespaces(context),
  ...connectConsole(context),
  ...listenAtGate(context),
  ...compileSeccomp(context),
];

function listenAtGate({ options, slots }: PlanContext): Step[] {
  return options.run === true ? [] : [step("runtime", "gate/listen", "default:gate", { verb: "gate.listen", slot: slots.gate })];
}

export const spawnStage: Pass = (context) =>
  needsStage(context) ? [step("runtime", "stage/spawn", "default:stage", { verb: "stage.spawn", preserveFds: preservedFds(context) })] : [];

/** Those of LISTEN_FDS come first, as sd_listen_fds(3) wants them from 3 on. */
export function preservedFds({ options }: PlanContext): number {
  return options.listenFds + options.preserveFds;
}

/** Paths are opened before any namespace is entered: from inside they would mean something else. */
function openNamespaces(context: PlanContext): Step[] {
  return [...context.namespaces.values()].flatMap(({ type, at, path, slot }) => {
    if (path === undefined || slot === undefined) return [];
    const sysctl = type === "network" ? networkSysctl(context) : undefined;
    const op = { verb: "ns.open", path, kind: CLONE_NEW[type], slot, ...(sysctl === undefined ? {} : { sysctl }) } as const;
    return [step("runtime", `namespaces/${type}/open`, at, op)];
  });
}

/** Docker names the host's own namespace by a path of its own; the rule of net.* can only know the names below /proc. */
function networkSysctl({ linux }: PlanContext): string | undefined {
  return Object.keys(linux.sysctl ?? {})
    .map(sysctlName)
    .find((name) => name.startsWith("net."));
}

export function connectConsole({ process, options, slots }: PlanContext): Step[] {
  if (process.terminal !== true) return [];
  const path = options.foreground ? "" : (options.consoleSocket ?? "");
  const at = path === "" ? "/process/terminal" : "cli:--console-socket";
  return [step("runtime", "console/connect", at, { verb: "console.connect", path, slot: slots.console })];
}

export function compileSeccomp({ linux, slots }: PlanContext): Step[] {
  if (linux.seccomp === undefined) return [];
  const profile = stringifyJson(filterProfile(linux.seccomp));
  return [step("runtime", "seccomp/compile", "/linux/seccomp", { verb: "seccomp.compile", profile, slot: slots.seccomp })];
}
