import assert from "node:assert/strict";
import { test } from "node:test";
import { connectListener, LISTENER_SLOT, listenerPath } from "../../../src/plan/passes/seccomp.js";

const notify = { names: ["mkdir"], action: "SCMP_ACT_NOTIFY" as const };

test("an agent is asked for only when a rule notifies", () => {
  assert.equal(listenerPath(undefined), undefined);
  assert.equal(listenerPath({ defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent" }), undefined);
  assert.equal(listenerPath({ defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/run/agent", syscalls: [notify] }), "/run/agent");
});

test("a relative path is the bundle's, and the step says where it was asked for", () => {
  assert.deepEqual(connectListener(undefined, "/bundle"), []);
  const [step, ...more] = connectListener("agent.sock", "/bundle");
  assert.deepEqual(more, []);
  assert.deepEqual(step?.op, { verb: "seccomp.connect", path: "/bundle/agent.sock", slot: LISTENER_SLOT });
  assert.deepEqual([step?.who, step?.at], ["runtime", "/linux/seccomp/listenerPath"]);
});
