// The steps of linux.intelRdt on a tree of plain files: what a machine without resctrl can show. The plan is in the same words.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { loadNative } from "../../../src/host/node/native.js";
import * as rdt from "../../../src/runtime/steps/rdt.js";
import type { Op } from "../../../src/plan/types.js";
import { rdtUpdate } from "../../../src/runtime/update-rdt.js";
import type { SavedState } from "../../../src/store/state.js";
import type { Execution } from "../../../src/runtime/execution.js";
import { hosts } from "../../golden/facts.js";
import { needs } from "../../support/requirements.js";
import { compiled } from "../plan/input.js";

const launch = { nofile: { soft: 1024n, hard: 1024n }, inheritedFds: [], ignored: [], blocked: [], umask: 0o22, argv0: "test" };
const skip = needs("tsrunc");
const native = skip === false ? loadNative(launch).native : undefined;

const facts = { ...hosts.hybrid, resctrl: "/rc" };

function steps(intelRdt: object): string[] {
  const plan = compiled({ linux: { namespaces: [], intelRdt }, facts });
  return plan.steps.flatMap(({ op }) => (op.verb.startsWith("rdt.") ? [JSON.stringify(op).replaceAll('"', "")] : []));
}

test("the plan: a group of its own, or one of a closID, lines in the order of the specification", () => {
  assert.deepEqual(steps({}), []);
  assert.deepEqual(steps({ schemata: ["L2:0=f"], memBwSchema: "MB:0=20", l3CacheSchema: "L3:0=f" }), [
    "{verb:rdt.create,dir:/rc/c1}",
    "{verb:rdt.write,dir:/rc/c1,lines:[L3:0=f,MB:0=20,L2:0=f]}",
    "{verb:rdt.join,dirs:[/rc/c1]}",
  ]);
  assert.deepEqual(steps({ closID: "gold", enableMonitoring: true }), [
    "{verb:rdt.use,dir:/rc/gold,lines:[]}",
    "{verb:rdt.create,dir:/rc/gold/mon_groups/c1}",
    "{verb:rdt.join,dirs:[/rc/gold,/rc/gold/mon_groups/c1]}",
  ]);
  assert.deepEqual(steps({ closID: "/" }), ["{verb:rdt.use,dir:/rc,lines:[]}", "{verb:rdt.join,dirs:[/rc]}"]);
});

function tree(t: TestContext) {
  const root = mkdtempSync(join(tmpdir(), "tsrunc-test-rdt-"));
  t.after(() => rmSync(root, { recursive: true }));
  return { root, run: { context: { native }, child: { pid: 4711 } } as unknown as Execution };
}

test("a group is made once, joined, and removed", { skip }, (t) => {
  const { root, run } = tree(t);
  const dir = join(root, "c1");
  const op = { verb: "rdt.create", dir } as const;
  rdt.checkUnused(op, run);
  rdt.create(op, run);
  assert.throws(() => rdt.checkUnused(op, run), /is there already/);
  rdt.remove({ verb: "rdt.remove", dir }, run);
  rdt.remove({ verb: "rdt.remove", dir }, run);
  assert.ok(!existsSync(dir));
});

test("a closID: missing without a schema, the same schema, another one", { skip }, (t) => {
  const { root, run } = tree(t);
  const dir = join(root, "gold");
  const use = (...lines: string[]) => rdt.use({ verb: "rdt.use", dir, lines }, run);
  assert.throws(() => use(), /closID names the resctrl group .*gold, which is not there/);
  mkdirSync(dir);
  writeFileSync(join(dir, "schemata"), "    MB:0=100;1= 70\n    L3:0=7ff;1=01f\n");
  use();
  use("L3:1=1F", "MB:0=100");
  assert.throws(() => use("L3:0=7f"), /has another schema than "L3:0=7f"/);
  assert.throws(() => use("L2:0=f"), /has another schema/);
  writeFileSync(join(dir, "tasks"), "");
  rdt.join({ verb: "rdt.join", dirs: [dir] }, run);
  assert.equal(readFileSync(join(dir, "tasks"), "utf8"), "4711");
});

test("update: the lines asked for, and what takes them back", { skip }, (t) => {
  const { root, run } = tree(t);
  const dir = join(root, "c1");
  mkdirSync(dir);
  writeFileSync(join(dir, "schemata"), "    MB:0=100;1= 70\n    L3:0=7ff;1=01f\n");
  const saved = (linux: object): SavedState => ({ id: "c1", config: { linux } }) as unknown as SavedState;
  const state = saved({ intelRdt: { l3CacheSchema: "L3:0=7ff", enableMonitoring: true } });
  const here = { resctrl: root };
  const update = rdtUpdate(run.context.native, state, here, { l3CacheSchema: "L3:0=f", memBwSchema: "" });
  assert.deepEqual(
    [update.steps, update.undo].map((list) => list.map(({ at, op }) => [at, op])),
    [
      [["cli:--l3-cache-schema", { verb: "rdt.write", dir, lines: ["L3:0=f"] }]],
      [["cli:--l3-cache-schema", { verb: "rdt.write", dir, lines: ["L3:0=7ff;1=01f"] }]],
    ],
  );
  assert.deepEqual(update.intelRdt, { l3CacheSchema: "L3:0=f", enableMonitoring: true });
  for (const { op } of update.steps) rdt.write(op as Op<"rdt.write">, run);
  assert.equal(readFileSync(join(dir, "schemata"), "utf8"), "L3:0=f\n");
  assert.deepEqual(rdtUpdate(run.context.native, state, {}, { l3CacheSchema: "" }).steps, []);
  const refused = (linux: object, facts: object, schema: string, message: RegExp): void =>
    assert.throws(() => rdtUpdate(run.context.native, saved(linux), facts, { memBwSchema: schema }), { message });
  refused({}, {}, "MB:0=5", /^--mem-bw-schema: Intel RDT is not enabled$/);
  refused({}, here, "MB:0=5", /^--mem-bw-schema: the container has no resctrl group$/);
  refused({ intelRdt: { closID: "gold" } }, here, "MB:0=5\nL3:0=f", /a schema is one line/);
});
