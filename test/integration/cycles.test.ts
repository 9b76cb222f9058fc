// Two hundred lives one after the other, and fifty at once, leave nothing behind.
import { test } from "node:test";
import assert from "node:assert/strict";
import { assertNothingLeft } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

test("200 times create, start, delete", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  for (let round = 0; round < 200; round++) {
    const id = scratch.id();
    const { code } = await runtime.create(id, bundle.dir);
    assert.equal(code, 0, `create ${round}`);
    await runtime.ok(["start", id]);
    await runtime.waitFor(id, "stopped");
    await runtime.ok(["delete", id]);
  }
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("50 containers at once", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "300"] } });
  const ids = Array.from({ length: 50 }, () => scratch.id());
  const all = (work: (id: string) => Promise<unknown>) => Promise.all(ids.map(work));
  await all(async (id) => assert.equal((await runtime.create(id, bundle.dir)).code, 0, id));
  await all((id) => runtime.ok(["start", id]));
  await all(async (id) => assert.equal((await runtime.state(id)).status, "running"));
  const listed = (await runtime.ok(["list", "--quiet"])).stdout.trim().split("\n").sort();
  assert.deepEqual(listed, [...ids].sort());
  await all((id) => runtime.ok(["kill", id, "KILL"]));
  await all((id) => runtime.waitFor(id, "stopped"));
  await all((id) => runtime.ok(["delete", id]));
  await assertNothingLeft(scratch.marker, [runtime.root]);
});
