// What the static host does once, when it is built: its heap is then kept (docs/adr/0008-static-host.md), and with it whatever is made at
// first use, such as validators, and the shapes of the objects that every plan is made of. Pure, as all top levels are.
import "tsrunc:host";
import { validate as validateConfig } from "tsrunc:validate-config";
import { compileCreate } from "./plan/compile.js";
import { compileDelete } from "./plan/delete.js";
import { encodePlan } from "./plan/encode.js";
import type { Facts } from "./plan/facts.js";
import { undoList } from "./plan/journal.js";
import { project } from "./plan/project.js";
import { compileStart } from "./plan/start.js";
import { parseConfig } from "./spec/load.js";
import { checkRules } from "./spec/rules/index.js";
import { specTemplate } from "./spec/template.js";
import { parseState, stringifyState } from "./store/format.js";
import type { SavedState } from "./store/state.js";
import { summarize } from "./store/summary.js";

const facts: Facts = {
  euid: 0,
  egid: 0,
  userNamespace: false,
  cgroup: {
    mode: "hybrid",
    hierarchies: [
      { version: 1, mountpoint: "/sys/fs/cgroup/devices", controllers: ["devices", "cpu", "cpuset", "memory", "pids", "blkio"], own: "/" },
      { version: 2, mountpoint: "/sys/fs/cgroup/unified", controllers: [], own: "/" },
    ],
  },
  lastCap: 40,
  hugepageSizes: [],
  cgroupNamespace: true,
  apparmor: false,
  selinux: false,
};

/** What becomes of a config.json, from its text to the container's end, without any effect. */
export function rehearse(text: string): readonly unknown[] {
  const id = "warm";
  const bundle = "/bundle";
  const loaded = parseConfig(new TextEncoder().encode(text), "config.json");
  const { config } = loaded;
  checkRules(loaded, { facts, id, bundle, noPivot: false });
  const options = { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, foreground: true };
  const plan = compileCreate({ id, bundle, stateDir: "/run/tsrunc/warm", config, facts, options });
  const undo = undoList(plan);
  const state: SavedState = {
    version: 1,
    id,
    ociVersion: "1.3.0",
    bundle,
    rootfs: "/bundle/rootfs",
    created: "2026-01-01T00:00:00.000Z",
    pid: 1,
    startTime: "1",
    systemdCgroup: false,
    rootless: false,
    cgroups: [],
    afterGate: [],
    summary: summarize(config),
    config,
  };
  const saved = parseState(new TextEncoder().encode(stringifyState(state)), id, "state.json");
  return [
    plan,
    undo,
    project(plan),
    encodePlan(plan),
    saved,
    compileStart(saved),
    compileDelete(saved, { version: 1, id, undo }),
    validateConfig(null),
  ];
}

/**
 * An object that is made by one property at a time, as the engine makes literals, takes the next shape from a table, or copies the one that it has. Shapes
 * are in the table as long as an object has them: so one object for each kind of object below `value`, and for each of its lengths.
 */
function growShapes(value: unknown, shapes: Map<string, object>): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  if (!Array.isArray(value)) {
    const keys = Object.keys(value);
    for (let length = 1; length <= keys.length; length++) {
      const some = keys.slice(0, length);
      shapes.set(some.join(), Object.fromEntries(some.map((key) => [key, undefined])));
    }
  }
  for (const held of Object.values(value)) growShapes(held, shapes);
}

const shapes = new Map<string, object>();
growShapes(rehearse(JSON.stringify(specTemplate({ rootless: false, euid: 0, egid: 0, cgroup2: false }))), shapes);
shapes.set("a function's: none yet", Object.create(Function.prototype) as object);
shapes.set(
  "a function's: first its length",
  Object.defineProperty(Object.create(Function.prototype) as object, "length", { configurable: true }),
);
// A variable of the bundle that no function asks for ends with its top level.
Object.assign(globalThis, { shapes });
