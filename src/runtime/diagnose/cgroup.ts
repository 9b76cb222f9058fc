// Why a cgroup v2 cannot be made, entered or limited (Documentation/admin-guide/cgroup-v2.rst, "Organizing Processes and Threads",
// "Delegation").
import { type ErrorFields, TsruncError } from "../../errors/errors.js";
import { cgroupFacts } from "../../host/facts.js";
import type { Native } from "../../host/port.js";
import type { Plan, Step } from "../../plan/types.js";
import { dirName } from "../../store/paths.js";
import type { SavedCgroup } from "../../store/state.js";
import { readIfThere } from "../cgroup-files.js";
import type { Execution } from "../execution.js";
import { levelsBelow } from "../steps/cgroup.js";

interface Place {
  readonly mountpoint: string;
  readonly dir: string;
}

/** Made without root where no cgroup may be had, a container shares that of its caller, which is not its own to limit or to freeze. */
export function requireCgroup(native: Native, cgroups: readonly SavedCgroup[], verb: string): void {
  const dir = cgroups.find(({ version }) => version === 2)?.dir;
  if (dir === undefined || cgroups.length > 1 || readIfThere(native, `${dir}/cgroup.procs`) !== undefined) return;
  throw new TsruncError(`cannot ${verb}: the container has no cgroup of its own`, { hint: delegation(native, dir) });
}

/** The kernel's threaded controllers: the others need a domain. */
const threaded = ["cpu", "cpuset", "perf_event", "pids"];

export function cgroupHint({ code, object }: ErrorFields, step: Step, { context: { native }, plan }: Execution): string | undefined {
  const { op } = step;
  switch (op.verb) {
    case "cgroup.rules":
    case "cgroup.write": {
      const place = placeOf(native, dirName(op.file));
      const controller = controllerOf(op.file);
      if (place === undefined || controller === undefined || (code !== "ENOENT" && code !== "EACCES" && code !== "EPERM")) return undefined;
      return missingController(native, place, controller) ?? rights(native, place);
    }
    case "cgroup.create":
      return op.version === 2 && (code === "EACCES" || code === "EPERM") ? rights(native, op) : undefined;
    case "cgroup.join":
    case "cgroup.enter":
    case "cgroup.open":
    case "init.spawn":
    case "process.clone":
      return entering(native, unifiedOf(native, plan, object), code);
    default:
      return undefined;
  }
}

/** `memory.max` -> memory; nothing for the files of the core. */
function controllerOf(file: string): string | undefined {
  const name = file.slice(file.lastIndexOf("/") + 1);
  const controller = name.slice(0, name.indexOf("."));
  return controller === "cgroup" || controller === "" ? undefined : controller;
}

/** undefined: not of cgroup v2. */
function placeOf(native: Native, dir: string): Place | undefined {
  const mountpoint = cgroupFacts(native).hierarchies.find(({ version }) => version === 2)?.mountpoint;
  return mountpoint !== undefined && dir.startsWith(`${mountpoint}/`) ? { mountpoint, dir } : undefined;
}

/** The one that the error names, else the one that the plan makes. */
function unifiedOf(native: Native, plan: Plan, object: string | undefined): Place | undefined {
  if (object?.endsWith("/cgroup.procs")) return placeOf(native, dirName(object));
  const made = plan.steps.map(({ op }) => op).find((op) => op.verb === "cgroup.create" && op.version === 2);
  return made?.verb === "cgroup.create" ? made : undefined;
}

function words(native: Native, file: string): string[] {
  return (readIfThere(native, file) ?? "").split(/\s+/).filter((word) => word !== "");
}

/** The topmost cgroup that does not hand the controller down, and why. */
function missingController(native: Native, { mountpoint, dir }: Place, controller: string): string | undefined {
  const parents = [mountpoint, ...levelsBelow(mountpoint, dir).slice(0, -1)];
  const stop = parents.find((parent) => !words(native, `${parent}/cgroup.subtree_control`).includes(controller));
  if (stop === undefined) return undefined;
  if (!words(native, `${stop}/cgroup.controllers`).includes(controller)) {
    return `the ${controller} controller is not available in ${stop}: the kernel lacks it, cgroup_disable= on its command line switches it off, or a cgroup v1 hierarchy has it`;
  }
  const type = kindOf(native, stop);
  if (type !== "domain" && !threaded.includes(controller)) {
    return `${stop} is a ${type} cgroup, below which only ${threaded.join(", ")} can be limited: choose another linux.cgroupsPath`;
  }
  if (!ours(native, `${stop}/cgroup.subtree_control`))
    return `the ${controller} controller is not enabled in ${stop}: ${delegation(native, stop)}`;
  if (stop !== mountpoint && words(native, `${stop}/cgroup.procs`).length > 0) {
    return `${stop} has processes of its own, so the ${controller} controller cannot be enabled below it (no internal processes): move them into a cgroup below it, or choose another linux.cgroupsPath`;
  }
  return `the ${controller} controller could not be enabled in ${stop}/cgroup.subtree_control`;
}

function kindOf(native: Native, dir: string): string {
  // The root has no such file.
  return (readIfThere(native, `${dir}/cgroup.type`) ?? "domain").trim();
}

function ours(native: Native, file: string): boolean {
  const euid = native.geteuid();
  return euid === 0 || native.stat(file).uid === euid;
}

/** Which directory on the way down is not the user's. */
function rights(native: Native, { mountpoint, dir }: Place): string | undefined {
  if (native.geteuid() === 0) return undefined;
  const there = [mountpoint, ...levelsBelow(mountpoint, dir)].filter((level) => readIfThere(native, `${level}/cgroup.procs`) !== undefined);
  const last = there.at(-1) ?? mountpoint;
  return ours(native, last) ? undefined : `${last} is not yours: ${delegation(native, last)}`;
}

/** systemd.resource-control(5): how the one who asks gets cgroups of his own. */
function delegation(native: Native, dir: string): string {
  const uid = native.geteuid();
  if (uid === 0) return "the container manager above must delegate it";
  if (dir.includes(`/user@${uid}.service`)) {
    return `have root write "[Service]" and "Delegate=cpu cpuset io memory pids" to /etc/systemd/system/user@.service.d/delegate.conf, then run \`systemctl daemon-reload\` and log in again`;
  }
  if (!systemd(native)) {
    return `have root make a cgroup for you and \`chown ${uid}\` it and those of its files that /sys/kernel/cgroup/delegate names`;
  }
  return "start it in a cgroup that is delegated to you, such as that of `systemd-run --user --scope -p Delegate=yes COMMAND`";
}

/** sd_booted(3). */
function systemd(native: Native): boolean {
  try {
    return native.lstat("/run/systemd/system").type === "dir";
  } catch {
    return false;
  }
}

function entering(native: Native, place: Place | undefined, code: string | undefined): string | undefined {
  if (place === undefined) return undefined;
  const { mountpoint, dir } = place;
  const type = kindOf(native, dir);
  const parent = dirName(dir);
  if (type === "domain invalid") {
    return `${dir} takes no processes: ${parent} is a ${kindOf(native, parent)} cgroup, below which all are threaded ones: choose another linux.cgroupsPath`;
  }
  if (code === "EOPNOTSUPP") return `${dir} is a ${type} cgroup, which takes no whole processes: choose another linux.cgroupsPath`;
  const enabled = words(native, `${dir}/cgroup.subtree_control`);
  if (code === "EBUSY" && enabled.length > 0) {
    return `${dir} has controllers enabled for cgroups below it (${enabled.join(", ")}) and may have no processes of its own (no internal processes): choose a cgroup below it in linux.cgroupsPath`;
  }
  return code === "EACCES" || code === "EPERM" ? (rights(native, place) ?? commonAncestor(native, mountpoint, dir)) : undefined;
}

/** To move a process takes the right to write cgroup.procs of the nearest cgroup above both places (delegation containment). */
function commonAncestor(native: Native, mountpoint: string, dir: string): string | undefined {
  if (native.geteuid() === 0) return undefined;
  const own = cgroupFacts(native).hierarchies.find(({ version }) => version === 2)?.own ?? "/";
  const from = `${mountpoint}${own === "/" ? "" : own}`.split("/");
  const to = dir.split("/");
  const shared = to.filter((_, index) => to.slice(0, index + 1).join("/") === from.slice(0, index + 1).join("/")).join("/");
  return ours(native, `${shared}/cgroup.procs`)
    ? undefined
    : `a process moves from ${from.join("/")} to ${dir} only with the right to ${shared}/cgroup.procs, which is not yours: start the command in a cgroup that was delegated to you together with that one`;
}
