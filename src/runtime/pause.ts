// `pause` and `resume`: all processes of the container stop where they are, and go on.
import { TsruncError } from "../errors/errors.js";
import type { SavedCgroup } from "../store/state.js";
import { thaw } from "./cgroup-files.js";
import { type Container, freezers, lockContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { requireCgroup } from "./diagnose/cgroup.js";
import { freeze } from "./freezer.js";

export function pauseContainer(context: Context, id: string): void {
  withLock(context, id, (container) => {
    const status = statusOf(context.native, container);
    if (status === "paused") throw new TsruncError("container not running: container paused");
    if (status === "stopped") throw new TsruncError("container not running");
    requireCgroup(context.native, container.state.cgroups, "pause");
    const { dir, version } = freezerOf(container);
    freeze(context.native, dir, version);
  });
}

export function resumeContainer(context: Context, id: string): void {
  withLock(context, id, (container) => {
    if (statusOf(context.native, container) !== "paused") throw new TsruncError("container not paused");
    for (const { dir, version } of freezers(container.state)) thaw(context.native, dir, version);
  });
}

function withLock(context: Context, id: string, work: (container: Container) => void): void {
  const container = lockContainer(context, id);
  try {
    work(container);
  } finally {
    container.entry.unlock();
  }
}

/** The v1 controller where there is one: engines and `runc` look at its file, not at the v2 hierarchy of a hybrid host. */
function freezerOf({ state }: Container): SavedCgroup {
  const all = freezers(state);
  const place = all.find(({ version }) => version === 1) ?? all[0];
  if (place === undefined) throw new TsruncError("cannot pause: the container has no cgroup with a freezer");
  return place;
}
