// `exec`: a process more in a container that runs. The same passes as for its first one, without what makes a container.
import type { Config, NamespaceType } from "../spec/config.js";
import { type PlanContext, planContext, step } from "./context.js";
import { cpuMask } from "./cpus.js";
import { bornIn, joinCgroups } from "./exec-cgroup.js";
import type { ExecInput } from "./exec-input.js";
import { CLONE_NEW, errno } from "./linux.js";
import { receiveTerminal, stdioSteps } from "./passes/console.js";
import { cwdEnter } from "./passes/cwd.js";
import { execProgram } from "./passes/exec.js";
import { capabilityIdentity } from "./passes/identity.js";
import { joinIntelRdt } from "./passes/intel-rdt.js";
import { lookup } from "./passes/lookup.js";
import { noNewPrivileges } from "./passes/no-new-privileges.js";
import { oomScore } from "./passes/oom.js";
import { rlimits } from "./passes/rlimits.js";
import { pidfdSend, pidFile } from "./passes/save.js";
import { ioPriority, memoryPolicy, personality, scheduler } from "./passes/scheduling.js";
import { execLabels } from "./passes/labels.js";
import { connectListener, listenerPath, seccompLoadIn } from "./passes/seccomp.js";
import { keyring } from "./passes/session.js";
import { compileSeccomp, connectConsole } from "./passes/spawn.js";
import { umask } from "./passes/umask.js";
import type { Plan, Step } from "./types.js";

/** Those of compileCreate begin at 0; there are seven namespaces at most. */
const SLOT = { pidfd: 16, root: 17, firstNamespace: 20 } as const;

/** Each pass that exec shares with create sees the container's config with the new process in it. */
type ExecContext = PlanContext & { readonly exec: ExecInput };

/** Throws TsruncError for what only the compiler can see; never looks at the host. */
export function compileExec(input: ExecInput): Plan {
  const context = execContext(input);
  const steps = [
    // The runtime, on the host.
    ...openTarget(input),
    ...connectConsole(context),
    ...compileSeccomp(context),
    ...connectListener(listenerPath(context.linux.seccomp), context.bundle),
    ...spawnStage(input),
    // Before the stage is a stranger: non-dumpable, its files in /proc are root's (CVE-2016-9962).
    ...oomScore(context),
    ...initialAffinity(context),
    ...joinCgroups(input),
    // The stage becomes what the new process is born of.
    ...enter(input),
    step("stage", "process/clone", "default:process", { verb: "process.clone", flags: 0 }),
    // The new process, in the container.
    ...joinIntelRdt(context),
    ...takeRoot(input),
    step("init", "session", "default:session", { verb: "session.new" }),
    ...keyring(context),
    ...affinity(context),
    ...stdioSteps(context, false),
    ...umask(context),
    ...noNewPrivileges(context),
    ...scheduler(context),
    ...ioPriority(context),
    ...personality(context),
    ...memoryPolicy(context),
    ...cwdEnter(context),
    ...rlimits(context),
    ...execLabels(context),
    ...capabilityIdentity(context),
    ...lookup(context),
    ...receiveTerminal(context),
    ...pidFile(context),
    ...pidfdSend(context),
    // Nobody waits for anybody any more.
    step("init", "process/release", "default:process", { verb: "process.release" }),
    ...seccompLoadIn(context, input.state.pid),
    ...execProgram(context),
  ];
  return { command: "exec", id: input.state.id, steps: steps.map((one) => ({ ...one, at: originOf(one.at, input.origins) })) };
}

function execContext(input: ExecInput): ExecContext {
  const { state, process, facts, options } = input;
  const { consoleSocket, pidfdSocket, pidFile: path, foreground, preserveFds } = options;
  const config = { ...(state.config as Config), process };
  const context = planContext({
    id: state.id,
    bundle: state.bundle,
    stateDir: "",
    config: { ...config, linux: { ...config.linux, cgroupsPath: `/${state.id}` } },
    facts,
    options: {
      noPivot: false,
      noNewKeyring: state.noNewKeyring === true,
      preserveFds,
      listenFds: 0,
      foreground,
      ...(consoleSocket === undefined ? {} : { consoleSocket }),
      ...(pidfdSocket === undefined ? {} : { pidfdSocket }),
      ...(path === undefined ? {} : { pidFile: path }),
    },
  });
  return { ...context, exec: input };
}

function spawnStage(input: ExecInput): Step[] {
  const { preserveFds } = input.options;
  const dir = bornIn(input);
  const op = { verb: "stage.spawn", preserveFds, ...(dir === undefined ? {} : { cgroup: dir }) } as const;
  return [step("runtime", "stage/spawn", "default:stage", op)];
}

/** The longest pointer that `at` is in. */
function originOf(at: string, origins: ExecInput["origins"]): string {
  const matches = Object.keys(origins).filter((pointer) => at === pointer || at.startsWith(`${pointer}/`));
  const longest = matches.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? at : (origins[longest] ?? at);
}

/** All by pid, then the proof that it was the pid of the container's init. */
function openTarget(input: ExecInput): Step[] {
  const { state, target } = input;
  return [
    ...(hasOwnMounts(input) ? [] : [step("runtime", "container/root", "default:rootfs", { verb: "container.root", slot: SLOT.root })]),
    ...(target.pidfdJoins ? [] : openNamespaces(state.pid, inJoinOrder(input))),
    step("runtime", "container/pidfd", "default:process", {
      verb: "container.pidfd",
      ...(joinsByPidfd(target) ? { slot: SLOT.pidfd } : {}),
    }),
  ];
}

function joinsByPidfd({ pidfdJoins, namespaces }: ExecInput["target"]): boolean {
  return pidfdJoins && namespaces.length > 0;
}

function hasOwnMounts({ target }: ExecInput): boolean {
  return target.namespaces.includes("mount");
}

/** Names in /proc/PID/ns where they are not those of config.json. */
const procNames: Partial<Record<NamespaceType, string>> = { mount: "mnt", network: "net" };

export function namespaceFile(pid: number | "self", type: NamespaceType): string {
  return `/proc/${pid}/ns/${procNames[type] ?? type}`;
}

/**
 * Before 5.8 one after the other. Root joins everything with the host's privileges and then the user namespace; without root it is
 * the user namespace that gives the right to the others. Mount comes late: /proc is the host's until then.
 */
function inJoinOrder({ facts, target }: ExecInput): NamespaceType[] {
  const others = (["network", "ipc", "uts", "cgroup", "pid", "time", "mount"] as const).filter((type) => target.namespaces.includes(type));
  const user = target.namespaces.includes("user") ? (["user"] as const) : [];
  return facts.euid === 0 ? [...others, ...user] : [...user, ...others];
}

function openNamespaces(pid: number, types: readonly NamespaceType[]): Step[] {
  return types.map((type, index) => {
    const op = { verb: "ns.open", path: namespaceFile(pid, type), kind: CLONE_NEW[type], slot: SLOT.firstNamespace + index } as const;
    return step("runtime", `namespaces/${type}/open`, "/linux/namespaces", op);
  });
}

function enter(input: ExecInput): Step[] {
  const types = inJoinOrder(input);
  if (types.length === 0) return [];
  const at = "/linux/namespaces";
  // Its root: what follows has its capabilities, and the ids of its map.
  const root = types.includes("user") ? [step("stage", "namespaces/user/root", at, { verb: "identity.root" })] : [];
  if (!input.target.pidfdJoins) {
    const joins = types.map((type, index) => {
      const op = { verb: "ns.join", slot: SLOT.firstNamespace + index, kind: CLONE_NEW[type] } as const;
      return step("stage", `namespaces/${type}/join`, at, op);
    });
    return [...joins, ...root];
  }
  const flags = types.reduce((bits, type) => bits + CLONE_NEW[type], 0);
  return [step("stage", "namespaces/enter", at, { verb: "ns.enter", slot: SLOT.pidfd, flags }), ...root];
}

/** Without a mount namespace the container has but chroot, and so has what is added to it. */
function takeRoot(input: ExecInput): Step[] {
  if (hasOwnMounts(input)) return [step("init", "rootfs/adopt", "default:rootfs", { verb: "rootfs.adopt" })];
  return [
    step("init", "rootfs/adopt", "default:rootfs", { verb: "rootfs.adopt", slot: SLOT.root }),
    step("init", "rootfs/chroot", "default:rootfs", { verb: "rootfs.chroot" }),
  ];
}

function initialAffinity({ process }: ExecContext): Step[] {
  const cpus = process.execCPUAffinity?.initial ?? "";
  if (cpus === "") return [];
  const at = "/process/execCPUAffinity/initial";
  return [step("stage", "affinity/initial", at, { verb: "sched.cpus", mask: cpuMask(cpus, at) })];
}

/** As for init: a mask inherited from the engine would be narrower than the cpuset allows. Not against an initial one that was asked for. */
function affinity({ process }: ExecContext): Step[] {
  const { initial = "", final = "" } = process.execCPUAffinity ?? {};
  if (final !== "") {
    const at = "/process/execCPUAffinity/final";
    return [step("init", "affinity/final", at, { verb: "sched.cpus", mask: cpuMask(final, at) })];
  }
  if (initial !== "") return [];
  const tolerate = [errno.EPERM, errno.EINVAL, errno.ENOSYS];
  return [step("init", "affinity", "default:affinity", { verb: "sched.affinity" }, { tolerate })];
}
