// `events`: statistics of the container's cgroups, once or again and again, and a word when it runs out of memory.
import type { Stats } from "../cgroup/stats.js";
import { TsruncError } from "../errors/errors.js";
import { formatError } from "../errors/format.js";
import { type Container, loadContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { type OomWatch, watchOom } from "./oom.js";
import { openProcess } from "./proc.js";
import { readStats } from "./stats.js";

export type ContainerEvent =
  { readonly type: "stats"; readonly id: string; readonly data: Stats } | { readonly type: "oom"; readonly id: string };

/** poll(2) takes an int of milliseconds. */
const MAX_WAIT_MS = 2 ** 31 - 1;

export function containerStats(context: Context, id: string): ContainerEvent {
  const container = running(context, id);
  return { type: "stats", id, data: readStats(context.native, container.state) };
}

/** Statistics every `intervalMs`, the first after one interval; returns when the container's init has ended. */
export function followEvents(context: Context, id: string, intervalMs: number, emit: (event: ContainerEvent) => void): void {
  const { native } = context;
  const { state } = running(context, id);
  const pidfd = openProcess(native, state.pid, state.startTime);
  if (pidfd === undefined) throw notRunning(id);
  const oom = watchOom(native, state);
  try {
    follow(context, { id, pidfd, oom, intervalMs, emit }, () => readStats(native, state));
  } finally {
    oom?.close();
    native.close(pidfd);
  }
}

interface Stream {
  readonly id: string;
  readonly pidfd: number;
  readonly oom: OomWatch | undefined;
  readonly intervalMs: number;
  readonly emit: (event: ContainerEvent) => void;
}

function follow(context: Context, { id, pidfd, oom, intervalMs, emit }: Stream, read: () => Stats): void {
  const { native } = context;
  const clock = (): number => Number(native.monotonicNs() / 1000n) / 1000;
  for (let next = clock() + intervalMs; ;) {
    const wait = Math.min(Math.max(0, Math.ceil(next - clock())), MAX_WAIT_MS);
    const ready = native.poll([pidfd, ...(oom?.readable ?? [])], oom?.changed ?? [], wait);
    // An OOM kill that ended init is told before the end.
    if (ready.length > 0 && oom?.take()) emit({ type: "oom", id });
    if (ready.includes(pidfd)) return;
    if (clock() < next) continue;
    emitStats(context, id, read, emit);
    // A reader that was slow gets no burst of what it missed.
    next = Math.max(next + intervalMs, clock());
  }
}

/** As runc: one reading that fails is logged, and the stream goes on. */
function emitStats(context: Context, id: string, read: () => Stats, emit: Stream["emit"]): void {
  let data: Stats;
  try {
    data = read();
  } catch (error) {
    context.log.warn(formatError(error));
    return;
  }
  emit({ type: "stats", id, data });
}

function running(context: Context, id: string): Container {
  const container = loadContainer(context, id);
  if (statusOf(context.native, container) === "stopped") throw notRunning(id);
  return container;
}

function notRunning(id: string): TsruncError {
  return new TsruncError(`container with id ${id} is not running`);
}
