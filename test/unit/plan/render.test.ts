import { test } from "node:test";
import assert from "node:assert/strict";
import { describeOp } from "../../../src/plan/describe.js";
import { renderJson, renderText } from "../../../src/plan/render.js";
import type { Op, Plan, Step } from "../../../src/plan/types.js";

function plan(...ops: readonly Op[]): Plan {
  return { command: "create", id: "c1", steps: ops.map((op, index): Step => ({ id: `s/${index}`, at: "/x", who: "runtime", op })) };
}

test("a line a step, in columns", () => {
  const text = renderText(plan({ verb: "store.save" }, { verb: "oom.write", value: -5 }));
  assert.equal(text, "runtime  s/0  write state.json      /x\nruntime  s/1  set oom_score_adj -5  /x\n");
});

test("fallbacks and tolerated errors are told", () => {
  const op: Op = { verb: "uts.hostname", name: "a" };
  const step: Step = { id: "h", at: "/hostname", who: "init", op, tolerate: [1, 38], orElse: { verb: "uts.hostname", name: "b" } };
  const text = renderText({ command: "create", id: "c1", steps: [step] });
  assert.equal(text, "init     h  set host name a, or else set host name b; EPERM, ENOSYS are fine  /hostname\n");
});

test("colour only when asked for", () => {
  const one = plan({ verb: "store.save" });
  assert.equal(renderText(one).includes("\u001b"), false);
  assert.equal(renderText(one, { color: true }).includes("\u001b[34mruntime\u001b[0m"), true);
});

test("flags by name, unknown bits as a number", () => {
  const mount = { verb: "mount.fs", fstype: "tmpfs", source: "t", target: "/t", data: "size=1", recSet: 1, recClear: 0x70 } as const;
  const op = { ...mount, flags: 0x40000003, propagation: [0x84000], ordinaryDir: false, copyUp: false };
  assert.equal(describeOp(op), "mount tmpfs t on /t (ro,nosuid,0x40000000,size=1,r+ro,r-atime,rslave)");
});

test("an argument that a shell would split is quoted", () => {
  assert.equal(
    describeOp({ verb: "process.exec", args: ["sh", "-c", "a b"], env: [], preserveFds: 1 }),
    'exec sh -c "a b", keeping 1 descriptor',
  );
});

test("JSON: bytes as base64, 64-bit integers as they are, lists empty or not", () => {
  const steps: Op[] = [
    { verb: "cgroup.devices", dir: "/d", program: Uint8Array.of(1, 2, 3, 255) },
    { verb: "rlimit.set", resource: 4, soft: 5, hard: 18446744073709551615n },
  ];
  const text = renderJson(plan(...steps));
  assert.match(text, /"program": "AQID\/w=="/);
  assert.match(text, /"hard": 18446744073709551615\n/);
  assert.deepEqual(Object.keys(JSON.parse(text) as object), ["command", "id", "steps"]);
});

test("base64 is that of RFC 4648, whatever the length", () => {
  for (let length = 0; length < 8; length += 1) {
    const program = Uint8Array.from({ length }, (_, index) => (index * 97 + 251) & 255);
    const text = renderJson(plan({ verb: "cgroup.devices", dir: "/d", program }));
    assert.ok(text.includes(`"program": "${Buffer.from(program).toString("base64")}"`), String(length));
  }
});
