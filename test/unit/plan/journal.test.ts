import { test } from "node:test";
import assert from "node:assert/strict";
import { inverseOf, undoList } from "../../../src/plan/journal.js";
import { type OpRow, optable } from "../../../src/plan/optable.js";
import { compiled } from "./input.js";

test("inverses, last effect first, with the fields that they need and no others", () => {
  const undo = undoList(compiled({ linux: { cgroupsPath: "/p/c" }, options: { pidFile: "/run/pid" } }));
  assert.deepEqual(undo[0], { id: "pid-file", op: { verb: "pidfile.remove", path: "/run/pid" } });
  assert.deepEqual(undo[1], { id: "cgroup/create/systemd", op: { verb: "cgroup.remove", version: 1, dir: "/sys/fs/cgroup/systemd/p/c" } });
  assert.deepEqual(undo.at(-1), { id: "store/create", op: { verb: "store.remove" } });
  assert.equal(undo.length, 10);
});

test("what leaves no trace has no inverse", () => assert.equal(inverseOf({ verb: "session.new" }), undefined));

test("only what the runtime carries out leaves a trace that has to be taken back", () => {
  for (const [verb, { who, undo }] of Object.entries<OpRow>(optable)) assert.ok(undo === undefined || who.join() === "runtime", verb);
});

test("every undo verb of the op table exists and asks for no field that its step lacks", () => {
  const rows: Readonly<Record<string, OpRow>> = optable;
  for (const [verb, { undo, fields }] of Object.entries(rows)) {
    if (undo === undefined) continue;
    for (const field of Object.keys(rows[undo]?.fields ?? { missing: "" })) assert.ok(field in fields, `${verb} has ${field}`);
  }
});
