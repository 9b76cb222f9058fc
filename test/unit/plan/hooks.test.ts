import { test } from "node:test";
import assert from "node:assert/strict";
import { compileDelete } from "../../../src/plan/delete.js";
import { compileStart } from "../../../src/plan/start.js";
import type { Op } from "../../../src/plan/types.js";
import { compiled, stepsOf } from "./input.js";

const bundle = "/bundle";
const annotations = { 'quote"d': "a\nb" };

function state(op: Op<"hook.run"> | undefined, pid: number): unknown {
  return JSON.parse(op?.stateSuffix === undefined ? (op?.statePrefix ?? "") : `${op.statePrefix}${pid}${op.stateSuffix}`);
}

test("the state that a hook reads, around the pid", () => {
  const plan = compiled({ config: { annotations, hooks: { createRuntime: [{ path: "/h" }], startContainer: [{ path: "/s" }] } } });
  const [outside, inside] = stepsOf(plan, "hook.run");
  const common = { ociVersion: "1.3.0", id: "c1", bundle, annotations };
  assert.deepEqual(state(outside?.op, 42), { ...common, status: "created", pid: 42 });
  assert.deepEqual(state(inside?.op, 1), { ...common, status: "created", pid: 1 });
  assert.deepEqual([outside?.who, outside?.op.insidePid, inside?.who, inside?.op.insidePid], ["runtime", false, "init", true]);
});

test("without annotations there are none in the state", () => {
  const [hook] = stepsOf(compiled({ config: { annotations: {}, hooks: { prestart: [{ path: "/h" }] } } }), "hook.run");
  assert.deepEqual(state(hook?.op, 0), { ociVersion: "1.3.0", id: "c1", status: "created", pid: 0, bundle });
});

test("arguments, timeout in milliseconds, environment", () => {
  const hooks = { prestart: [{ path: "/h" }, { path: "/h", args: ["a", "b"], env: [], timeout: 3 }] };
  const [bare, full] = stepsOf(compiled({ config: { hooks } }), "hook.run");
  assert.deepEqual([bare?.op.args, bare?.op.inheritEnv, bare?.op.timeoutMs], [["/h"], true, undefined]);
  assert.deepEqual([full?.op.args, full?.op.inheritEnv, full?.op.env, full?.op.timeoutMs], [["a", "b"], false, [], 3000]);
});

test("inside, a hook without environment has the program's", () => {
  const hooks = {
    startContainer: [
      { path: "/h", env: [] },
      { path: "/h", env: ["B=2"] },
    ],
  };
  const [bare, full] = stepsOf(compiled({ config: { hooks }, process: { env: ["A=1"] } }), "hook.run");
  assert.deepEqual([bare?.op.env, bare?.op.inheritEnv], [["A=1"], false]);
  assert.deepEqual(full?.op.env, ["B=2"]);
});

test("start: the gate, then poststart; delete: the journal, then poststop", () => {
  const hooks = { poststart: [{ path: "/a" }], poststop: [{ path: "/b" }, { path: "/c" }] };
  const saved = { id: "c1", bundle, summary: { hooks } };
  assert.deepEqual(
    compileStart(saved).steps.map(({ id }) => id),
    ["gate/open", "hooks/poststart/0"],
  );
  const undo = [{ id: "cgroup/create/x", op: { verb: "cgroup.remove", version: 2, dir: "/x" } as const }];
  const plan = compileDelete(saved, { version: 1, id: "c1", undo });
  assert.deepEqual(
    plan.steps.map(({ id, op }) => [id, op.verb]),
    [
      ["undo/cgroup/create/x", "cgroup.remove"],
      ["hooks/poststop/0", "hook.run"],
      ["hooks/poststop/1", "hook.run"],
    ],
  );
  assert.match(JSON.stringify(plan.steps[1]), /stopped/);
});
