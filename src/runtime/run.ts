// `run`: create, start, and unless detached wait for the end, then delete.
import { prefixed } from "../errors/format.js";
import type { Native, WaitStatus } from "../host/port.js";
import type { Config } from "../spec/config.js";
import type { Context } from "./context.js";
import { create, type Created, type CreateOptions } from "./create.js";
import { orDelete, prepareDelete } from "./delete.js";
import { relayUntilReady } from "./notify.js";
import { runPoststart } from "./start.js";
import { closeTheirs, inherited, makePipes, type Stdio, warnOfLostOutput } from "./stdio.js";

export interface RunOptions {
  readonly keep: boolean;
  readonly subreaper: boolean;
}

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
  const created = create(context, { ...options, run: true }, () => [0, 1, 2]);
  const { notify, container } = created;
  orDelete(context, container.entry.id, () => {
    afterStart(context, created);
    if (notify !== undefined) relayUntilReady(context, notify, container.state.pid, container.state.startTime);
  });
  return 0;
}

function afterStart(context: Context, { container }: Created): void {
  try {
    runPoststart(context, container);
  } finally {
    container.entry.letGo();
  }
}

function runForeground(context: Context, options: CreateOptions, keep: boolean): number {
  const { native } = context;
  let streams = inherited;
  let remove: (() => void) | undefined;
  native.catchSignals();
  const stdioFor = (config: Config): Stdio => {
    if (config.process?.terminal !== true) streams = makePipes(native, config);
    return streams.theirs;
  };
  const created = create(context, { ...options, run: true }, stdioFor, (container, begun) => {
    if (!keep) remove = prepareDelete(context, container, begun);
  });
  closeTheirs(native, streams);
  const status = orDelete(context, created.container.entry.id, () => {
    afterStart(context, created);
    const from = context.timeline?.now();
    const ended = wait(native, created, streams.ours);
    context.timeline?.phase("program", from);
    remove?.();
    return ended;
  });
  warnOfLostOutput(context, status);
  return status.exitCode;
}

function wait(native: Native, { pid, pidfd, master, notify }: Created, [stdin, stdout, stderr]: Stdio): WaitStatus {
  return native.foreground({
    pid,
    pidfd,
    master,
    stdin,
    stdout,
    stderr,
    ...(notify && { notify: notify.inside, notifyHost: notify.host }),
  });
}
