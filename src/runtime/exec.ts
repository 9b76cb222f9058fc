// `exec`: a process more in a container that runs. Its config is the saved one: the bundle may be gone.
import { SysError, TsruncError } from "../errors/errors.js";
import { prefixed } from "../errors/format.js";
import { readFacts } from "../host/facts.js";
import type { Native } from "../host/port.js";
import { compileExec, namespaceFile } from "../plan/exec.js";
import type { ExecInput, ExecTarget } from "../plan/exec-input.js";
import type { NamespaceType } from "../spec/config.js";
import { isErrno } from "../store/files.js";
import { absolutePath } from "../store/paths.js";
import { conduct } from "./conductor.js";
import { configOf, type Container, loadContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { execProcess, type ExecProcess, type ProcessFlags } from "./exec-process.js";
import type { Execution } from "./execution.js";
import { preservedFds } from "./inherit.js";
import { executionOn } from "./start.js";
import { closeTheirs, inherited, makePipes, type Streams, warnOfLostOutput } from "./stdio.js";

export interface ExecOptions {
  readonly id: string;
  readonly process: ProcessFlags;
  readonly detach: boolean;
  readonly consoleSocket: string | undefined;
  readonly pidfdSocket: string | undefined;
  readonly pidFile: string | undefined;
  readonly preserveFds: number;
  readonly cgroups: readonly string[];
  readonly ignorePaused: boolean;
}

/** What tells a failure of ours from one of the program (survey 3.10). */
const EXIT_CODE = 255;

/** Returns the exit code: of the program (128 + signal), 0 when detached. */
export function execInContainer(context: Context, options: ExecOptions): number {
  try {
    return exec(context, options);
  } catch (error) {
    throw execError(error);
  }
}

export function execError(error: unknown): unknown {
  const ours = prefixed("exec failed: ", error);
  return ours instanceof TsruncError ? new TsruncError(ours.message, { ...ours.fields, exitCode: EXIT_CODE }) : ours;
}

function exec(context: Context, options: ExecOptions): number {
  // Without the lock: execs run side by side, and the pidfd proves what was read.
  const container = loadContainer(context, options.id);
  checkStatus(context, container, options.ignorePaused);
  try {
    return execIn(context, container, options);
  } catch (error) {
    // Only now, as it takes time: a configuration that is damaged is why, whatever came of it.
    container.entry.checkConfig(container.state);
    throw error;
  }
}

function execIn(context: Context, container: Container, options: ExecOptions): number {
  const process = execProcess(context, container, options.process);
  const terminal = process.process.terminal === true;
  checkTerminal(terminal, options);
  const preserve = preservedFds(context.host, options.preserveFds, 0);
  const from = context.timeline?.now();
  const plan = compileExec(execInput(context, container, process, options));
  context.timeline?.phase("compile", from);
  const streams = options.detach || terminal ? inherited : makePipes(context.native, configOf(container.state));
  const run: Execution = {
    ...executionOn(context, container, plan),
    where: (at) => process.where(at),
    exec: { stdio: streams.theirs, preserve, cgroups: container.state.cgroups },
  };
  if (!options.detach) context.native.catchSignals();
  try {
    conduct(run);
  } catch (error) {
    throw startError(context, container, error);
  }
  return options.detach ? 0 : wait(run, streams);
}

function checkStatus(context: Context, container: Container, ignorePaused: boolean): void {
  const status = statusOf(context.native, container);
  if (status === "stopped") throw stopped();
  if (status === "paused" && !ignorePaused) {
    throw new TsruncError("cannot exec in a paused container (use --ignore-paused to override)");
  }
}

function stopped(): TsruncError {
  return new TsruncError("cannot exec in a stopped container");
}

function checkTerminal(terminal: boolean, { detach, consoleSocket }: ExecOptions): void {
  if (terminal && detach && consoleSocket === undefined) {
    throw new TsruncError("cannot allocate tty if tsrunc will detach without setting console socket", {
      at: "cli:--detach",
      hint: "give --console-socket, or leave the terminal out",
    });
  }
  if (consoleSocket !== undefined && !(terminal && detach)) {
    throw new TsruncError("cannot use console socket if tsrunc will not detach or allocate tty", { at: "cli:--console-socket" });
  }
}

function execInput(context: Context, { state }: Container, { process, origins }: ExecProcess, options: ExecOptions): ExecInput {
  const absolute = (path: string): string => absolutePath(path, context.cwd);
  const { consoleSocket, pidfdSocket, pidFile } = options;
  return {
    state,
    process,
    origins,
    facts: readFacts(context.native),
    target: targetOf(context.native, state.pid),
    options: {
      preserveFds: options.preserveFds,
      foreground: !options.detach,
      cgroups: options.cgroups,
      ...(consoleSocket === undefined ? {} : { consoleSocket: absolute(consoleSocket) }),
      ...(pidfdSocket === undefined ? {} : { pidfdSocket: absolute(pidfdSocket) }),
      ...(pidFile === undefined ? {} : { pidFile: absolute(pidFile) }),
    },
  };
}

const namespaceTypes: readonly NamespaceType[] = ["user", "mount", "pid", "network", "ipc", "uts", "cgroup", "time"];

/** By looking rather than by config.json: a path there may be that of the runtime's own namespace, and joining one's own user namespace is an error. */
function targetOf(native: Native, pid: number): ExecTarget {
  const differs = (type: NamespaceType): boolean => namespaceLink(native, pid, type) !== namespaceLink(native, "self", type);
  return { namespaces: namespaceTypes.filter(differs), pidfdJoins: kernelAtLeast(native, 5, 8) };
}

/** `mnt:[4026531841]`; undefined where the kernel has no such namespaces. */
function namespaceLink(native: Native, pid: number | "self", type: NamespaceType): string | undefined {
  try {
    return native.readlink(namespaceFile(pid, type));
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ESRCH")) throw error;
    return undefined;
  }
}

/** `6.1.0-13-amd64` */
function kernelAtLeast(native: Native, major: number, minor: number): boolean {
  const [have = 0, haveMinor = 0] = native
    .readText("/proc/sys/kernel/osrelease")
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  return have > major || (have === major && haveMinor >= minor);
}

/** Engines look for these words before what went wrong inside (survey 3.10). What fails because the container has ended says so. */
function startError(context: Context, container: Container, error: unknown): unknown {
  if (statusOf(context.native, container) === "stopped" && !isText(error)) return stopped();
  return prefixed("unable to start container process: ", error);
}

/** What is about the program, not about the way to it. */
function isText(error: unknown): boolean {
  if (error instanceof SysError || !(error instanceof TsruncError)) return false;
  return error.fields.op === "process.lookup" || error.fields.op === "process.exec" || error.fields.op === "process.cwd";
}

function wait(run: Execution, streams: Streams): number {
  const { native } = run.context;
  const child = run.child;
  if (child === undefined) throw new Error("an exec plan spawns a stage");
  closeTheirs(native, streams);
  const [stdin, stdout, stderr] = streams.ours;
  const from = run.context.timeline?.now();
  const status = native.foreground({ pid: child.initPid, pidfd: child.initPidfd, master: run.master ?? -1, stdin, stdout, stderr });
  run.context.timeline?.phase("program", from);
  warnOfLostOutput(run.context, status);
  return status.exitCode;
}
