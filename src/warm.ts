// What the static host does once, when it is built: its heap is then kept (docs/adr/0008-static-host.md), and with it whatever is made at
// first use, such as validators, and the shapes of the objects that every plan is made of. Pure, as all top levels are.
import "tsrunc:host";
import { validate as validateConfig } from "tsrunc:validate-config";
import { readFacts } from "./host/facts.js";
import { inventedFiles } from "./host/invented.js";
import type { Native } from "./host/port.js";
import type { Port } from "./host/quickjs/port.js";
import { compileCreate } from "./plan/compile.js";
import { compileDelete } from "./plan/delete.js";
import { encodePlan } from "./plan/encode.js";
import { undoList } from "./plan/journal.js";
import { project } from "./plan/project.js";
import { compileStart } from "./plan/start.js";
import { parseConfig } from "./spec/load.js";
import { checkRules } from "./spec/rules/index.js";
import { specTemplate } from "./spec/template.js";
import { parseState, stringifyState } from "./store/format.js";
import type { SavedState } from "./store/state.js";
import { summarize } from "./store/summary.js";

/** A host on which every other file is there and empty. */
const native = {
  geteuid: () => 0,
  getegid: () => 0,
  readText: (path: string) => inventedFiles[path] ?? "",
  readdir: () => [],
  lstat: () => ({ type: "regular", mode: 0, uid: 0, gid: 0, size: 0, dev: 0, ino: 0, rdev: 0 }),
} as unknown as Native;

/** What becomes of a config.json, from its text to the container's end, without any effect. */
export function rehearse(text: string): readonly unknown[] {
  const id = "warm";
  const bundle = "/bundle";
  const loaded = parseConfig(new TextEncoder().encode(text), "config.json");
  const { config } = loaded;
  const facts = readFacts(native);
  checkRules(loaded, { facts, id, bundle, noPivot: false });
  const options = { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, foreground: true, run: true };
  const plan = compileCreate({ id, bundle, stateDir: "/run/tsrunc/warm", config, facts, closedSources: [], options });
  const undo = undoList(plan);
  const state: SavedState = {
    version: 1,
    id,
    ociVersion: "1.3.0",
    bundle,
    rootfs: "/bundle/rootfs",
    created: "2026-01-01T00:00:00.000Z",
    systemdCgroup: false,
    rootless: false,
    afterGate: [],
    summary: summarize(config),
    config,
    pid: 1,
    startTime: "1",
    descriptors: [],
    cgroups: [],
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

/** The engine makes a builtin when it is first asked for: all of them. */
function makeBuiltins(): void {
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    const builtin = (globalThis as Record<string, unknown>)[name] as { readonly prototype?: object } | undefined;
    for (const one of [builtin, builtin?.prototype]) if (one instanceof Object) Object.getOwnPropertyDescriptors(one);
  }
}

makeBuiltins();
// Of the static host alone: src/train.ts has none.
const { tsrunc } = globalThis as { tsrunc?: Pick<Port, "keepShapes"> };
tsrunc?.keepShapes(true);
rehearse(JSON.stringify(specTemplate({ rootless: false, euid: 0, egid: 0, cgroup2: false })));
tsrunc?.keepShapes(false);
