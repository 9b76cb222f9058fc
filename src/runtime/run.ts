// `run`: create, start, and unless detached wait for the end, then delete.
import { prefixed } from "../errors/format.js";
import type { Native, WaitStatus } from "../host/port.js";
import type { Container } from "./container.js";
import type { Context } from "./context.js";
import { create, type Created, type CreateOptions } from "./create.js";
import { deleteContainer } from "./delete.js";
import type { Notify } from "./notify.js";
import { startDetached, startNotifying } from "./start.js";
import { closeTheirs, inherited, makePipes, receiveMaster, type Stdio } from "./stdio.js";

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
  const { container } = create(context, options, () => [0, 1, 2]);
  startOrDelete(context, container, startDetached);
  return 0;
}

/** Nobody but us knows of the container yet: when its start fails, all of it goes. */
function startOrDelete<T>(context: Context, container: Container, start: (context: Context, container: Container) => T): T {
  try {
    return start(context, container);
  } catch (error) {
    deleteContainer(context, container.entry.id, true);
    throw error;
  }
}

function runForeground(context: Context, options: CreateOptions, keep: boolean): number {
  const { native } = context;
  let streams = inherited;
  native.catchSignals();
  const created = create(context, options, (config) => {
    if (config.process?.terminal !== true) streams = makePipes(native, config);
    return streams.theirs;
  });
  closeTheirs(native, streams);
  const master = created.console < 0 ? -1 : receiveMaster(native, created.console);
  const notify = startOrDelete(context, created.container, startNotifying);
  const from = context.timeline?.now();
  const status = wait(native, created, master, streams.ours, notify);
  context.timeline?.phase("program", from);
  if (!keep) deleteContainer(context, options.id, true);
  return status.exitCode;
}

function wait(native: Native, { pid, pidfd }: Created, master: number, [stdin, stdout, stderr]: Stdio, relay?: Notify): WaitStatus {
  return native.foreground({ pid, pidfd, master, stdin, stdout, stderr, ...(relay && { notify: relay.inside, notifyHost: relay.host }) });
}
