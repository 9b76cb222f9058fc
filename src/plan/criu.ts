// `checkpoint` and `restore`: CRIU started as any other process of a plan, and what it is asked (docs/adr/0007-criu.md).
import type { Mount } from "../spec/config.js";
import { cleanPath } from "../spec/rules/rule.js";
import { bundlePath, hasNamespace, isBind, NOTIFY_DIRECTORY, type PlanContext, planContext, step } from "./context.js";
import { hookSteps } from "./hooks.js";
import type { CreateInput } from "./input.js";
import { CLONE_NEW, MS } from "./linux.js";
import { parseMountOptions } from "./mountflags.js";
import { cgroupCreateFirst, cgroupCreateRest, cgroupJoin, cgroupLimits } from "./passes/cgroup.js";
import { runtimeHooks } from "./passes/hooks.js";
import { bindMount } from "./passes/mount-ops.js";
import { notifyDirectory } from "./passes/notify.js";
import { pidFile, saveState } from "./passes/save.js";
import { store } from "./passes/store.js";
import { startUnit } from "./passes/unit.js";
import type { Plan, Step } from "./types.js";

const AT = "default:criu";

export interface CriuProgram {
  /** Absolute. */
  readonly path: string;
  readonly env: readonly string[];
  /** Its RPC socket and the descriptors behind it. */
  readonly preserveFds: number;
  /** JSON of a CriuRequest (src/criu/request.ts). */
  readonly request: string;
}

/** CRIU runs where the runtime runs: it reaches into the container by ptrace(2) and /proc. */
export function compileCheckpoint(id: string, program: CriuProgram): Plan {
  return { command: "checkpoint", id, steps: [...start(program, 0), ...become(program), request(program), finish()] };
}

export interface RestoreInput extends CreateInput {
  readonly program: CriuProgram;
}

/** Where CRIU finds the container's root: below the state directory, in CRIU's mount namespace only. */
export function criuRoot({ stateDir }: Pick<CreateInput, "stateDir">): string {
  return `${stateDir}/criu-root`;
}

/** The same passes as for `create`, but for what CRIU restores: namespaces, mounts, devices and all of the processes. */
export function compileRestore(input: RestoreInput): Plan {
  const context = planContext(input);
  const { program } = input;
  const steps = [
    ...store(context),
    ...notifyDirectory(context),
    ...cgroupCreateFirst(context),
    ...(context.unit === undefined ? cgroupCreateRest(context) : []),
    ...start(program, CLONE_NEW.mount, enterCgroups(context)),
    // CRIU's own mount namespace: what is prepared in it ends with it.
    ...prepareRoot(context),
    ...become(program),
    request(program),
    until("setup-namespaces"),
    ...runtimeHooks(context),
    // From here on `state` and `delete` know of it; its processes are still held.
    until("post-restore"),
    ...saveState(context),
    // Not before: CRIU is in these cgroups too, and its tar and its buffers may be more than the container is allowed.
    ...retreat(context),
    ...cgroupLimits(context),
    finish(),
    ...pidFile(context),
    ...hookSteps({ ...input, status: "running", hooks: input.config.hooks, annotations: input.config.annotations }, "poststart", "runtime"),
  ];
  return { command: "restore", id: input.id, steps };
}

function start({ preserveFds }: CriuProgram, flags: number, before: readonly Step[] = []): Step[] {
  return [
    step("runtime", "stage/spawn", AT, { verb: "stage.spawn", preserveFds }),
    ...before,
    step("stage", "criu/clone", AT, { verb: "process.clone", flags }),
  ];
}

/** CRIU is put where the container will be; a unit of systemd begins with it. */
function enterCgroups(context: PlanContext): Step[] {
  const unit = context.unit === undefined ? [] : [...startUnit(context), ...cgroupCreateRest(context)];
  return [...unit, ...cgroupJoin(context)];
}

/** It outlives us if need be: CRIU sees the end of its socket and takes back what it did, which a SIGKILL would not let it. */
function become({ path, env, preserveFds }: CriuProgram): Step[] {
  return [
    step("init", "criu/release", AT, { verb: "process.release" }),
    step("init", "criu/exec", AT, { verb: "criu.exec", path, env, preserveFds }),
  ];
}

const request = (program: CriuProgram): Step => step("runtime", "criu/request", AT, { verb: "criu.request", request: program.request });
const until = (script: string): Step => step("runtime", `criu/${script}`, AT, { verb: "criu.until", script });
const finish = (): Step => step("runtime", "criu/finish", AT, { verb: "criu.finish" });

/** To where we are. Only where processes are counted: what CRIU has charged elsewhere ends with it. */
function retreat({ facts: { cgroup } }: PlanContext): Step[] {
  const counting = cgroup.hierarchies.filter(({ version, controllers }) =>
    version === 2 ? cgroup.mode === "v2" : controllers.includes("pids"),
  );
  const dirs = counting.map(({ mountpoint, own }) => (own === "/" ? mountpoint : `${mountpoint}${own}`));
  return dirs.length === 0 ? [] : [step("runtime", "criu/retreat", AT, { verb: "criu.retreat", dirs })];
}

function prepareRoot(context: PlanContext): Step[] {
  const path = bundlePath(context, context.root.path);
  return [
    step("init", "rootfs/propagation", AT, { verb: "rootfs.propagation", flags: MS.SLAVE | MS.REC }),
    step("init", "rootfs/enter", "/root/path", { verb: "rootfs.enter", path, bind: true }),
    ...(hasNamespace(context, "mount") ? mountPoints(context) : []),
    step("init", "rootfs/expose", "/root/path", { verb: "rootfs.expose", at: criuRoot(context) }),
  ];
}

/**
 * A fresh rootfs lacks the directories and files that `create` made to mount on. Those below a bind mount are made in its source, so it
 * has to be there meanwhile. What is on a filesystem of the container's own (tmpfs, sysfs...) comes back with it.
 */
function mountPoints(context: PlanContext): Step[] {
  const mounts = (context.config.mounts ?? []).map((mount, index) => ({ mount, index, target: cleanPath(mount.destination) }));
  const own = mounts.filter(({ mount }) => !isBind(mount.options, mount.type)).map(({ target }) => `${target}/`);
  const notify = { verb: "path.mkdir", path: NOTIFY_DIRECTORY, mode: 0o755 } as const;
  const planned = mounts
    .filter(({ mount, target }) => mount.type !== "cgroup" && !own.some((above) => target.startsWith(above)) && !isRemount(mount))
    .map(({ mount, index, target }) => mountPoint(context, mount, index, target));
  return context.options.notify === true ? [...planned, step("init", "notify/prepare", "default:NOTIFY_SOCKET", notify)] : planned;
}

function mountPoint(context: PlanContext, mount: Mount, index: number, target: string): Step {
  const id = `mounts/${index}/prepare`;
  const at = `/mounts/${index}`;
  if (!isBind(mount.options, mount.type)) return step("init", id, at, { verb: "path.mkdir", path: target, mode: 0o755 });
  const source = bundlePath(context, mount.source ?? "");
  const plain = { cleared: 0, recSet: 0, recClear: 0, propagation: [], data: "", copyUp: false };
  return step("init", id, at, bindMount({ ...plain, id, at, type: "bind", source, target, flags: MS.BIND | MS.REC }));
}

function isRemount(mount: Mount): boolean {
  return (parseMountOptions(mount.options).flags & MS.REMOUNT) !== 0;
}
