// `run`: create, start, and unless detached wait for the end, then delete.
import { TsruncError } from "../errors/errors.js";
import { prefixed } from "../errors/format.js";
import type { Native, WaitStatus } from "../host/port.js";
import type { Context } from "./context.js";
import { create, type Created, type CreateOptions, type Stdio } from "./create.js";
import { deleteContainer } from "./delete.js";
import { startContainer } from "./start.js";

export interface RunOptions {
  readonly keep: boolean;
  readonly subreaper: boolean;
}

/** How long init may take from the gate to sending its terminal; it has sent it before it reached the gate. */
const CONSOLE_MS = 10_000;

/** Returns the exit code: of the container's program (128 + signal), 0 when detached. */
export function runContainer(context: Context, options: CreateOptions, { keep, subreaper }: RunOptions): number {
  try {
    if (options.detach) return runDetached(context, options);
    if (subreaper) context.native.setSubreaper(true);
    return runForeground(context, options, keep);
  } catch (error) {
    throw prefixed("tsrunc run failed: ", error);
  }
}

function runDetached(context: Context, options: CreateOptions): number {
  create(context, options, () => [0, 1, 2]);
  startOrDelete(context, options.id);
  return 0;
}

/** Nobody but us knows of the container yet: when its start fails, all of it goes. */
function startOrDelete(context: Context, id: string): void {
  try {
    startContainer(context, id);
  } catch (error) {
    deleteContainer(context, id, true);
    throw error;
  }
}

interface Streams {
  /** What the container gets. */
  readonly theirs: Stdio;
  /** Our ends, -1 with a terminal. */
  readonly ours: Stdio;
}

/** Pipes, so that the container can own and reopen its /dev/stdin and the like, whatever ours are. */
function makePipes(native: Native): Streams {
  const [stdin, toStdin] = native.pipe();
  const [fromStdout, stdout] = native.pipe();
  const [fromStderr, stderr] = native.pipe();
  return { theirs: [stdin, stdout, stderr], ours: [toStdin, fromStdout, fromStderr] };
}

function runForeground(context: Context, options: CreateOptions, keep: boolean): number {
  const { native } = context;
  let streams: Streams = { theirs: [0, 1, 2], ours: [-1, -1, -1] };
  native.catchSignals();
  const created = create(context, options, (terminal) => {
    if (!terminal) streams = makePipes(native);
    return streams.theirs;
  });
  // Our copies of the container's ends: with them open, its output would never end.
  for (const fd of streams.theirs) if (fd > 2) native.close(fd);
  const master = created.console < 0 ? -1 : receiveMaster(native, created.console);
  startOrDelete(context, options.id);
  const status = wait(native, created, master, streams.ours);
  if (!keep) deleteContainer(context, options.id, true);
  return status.exitCode;
}

function wait(native: Native, { pid, pidfd }: Created, master: number, [stdin, stdout, stderr]: Stdio): WaitStatus {
  return native.foreground({ pid, pidfd, master, stdin, stdout, stderr });
}

function receiveMaster(native: Native, console: number): number {
  const message = native.receive(console, CONSOLE_MS);
  const master = message?.fds[0];
  if (master === undefined) throw new TsruncError("container init sent no terminal");
  native.close(console);
  native.prepareTerminal(master);
  return master;
}
