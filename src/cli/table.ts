// The commands. Each is loaded when it is called; only the help loads them all.
import type { Command } from "./command.js";

export const commands: Readonly<Record<string, () => Promise<{ readonly command: Command }>>> = {
  checkpoint: () => import("./checkpoint.js"),
  create: () => import("./create.js"),
  delete: () => import("./delete.js"),
  events: () => import("./events.js"),
  exec: () => import("./exec.js"),
  features: () => import("./features.js"),
  kill: () => import("./kill.js"),
  list: () => import("./list.js"),
  mounts: () => import("./mounts.js"),
  pause: () => import("./pause.js"),
  plan: () => import("./plan.js"),
  ps: () => import("./ps.js"),
  resume: () => import("./resume.js"),
  restore: () => import("./restore.js"),
  run: () => import("./run.js"),
  spec: () => import("./spec.js"),
  start: () => import("./start.js"),
  state: () => import("./state.js"),
  update: () => import("./update.js"),
};
