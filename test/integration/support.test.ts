// The helpers themselves: a leak checker that finds nothing proves nothing.
import { test } from "node:test";
import assert from "node:assert/strict";
import { assertNothingLeft, findLeaks } from "../support/leaks.js";
import { needs } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

test("a container of runc is found while it is there, and is gone after cleanup", { skip: needs("root", "runc") }, async (t) => {
  const scratch = new Scratch(t);
  const runc = scratch.runtime("/usr/sbin/runc");
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "60"] } });
  const id = scratch.id();
  assert.equal((await runc.create(id, bundle.dir)).code, 0);
  const created = findLeaks(scratch.marker, [runc.root]);
  assert.equal(created.processes.length, 1);
  assert.ok(created.cgroups.length > 0);
  assert.equal(created.states.length, 1);
  await assert.rejects(assertNothingLeft(scratch.marker, [runc.root], 0));
  await runc.ok(["delete", "--force", id]);
  await assertNothingLeft(scratch.marker, [runc.root]);
});

test("cleanup removes what a runtime left", { skip: needs("root", "runc") }, async () => {
  const scratch = new Scratch();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "60"] } });
  const runc = scratch.runtime("/usr/sbin/runc");
  assert.equal((await runc.create(scratch.id(), bundle.dir)).code, 0);
  await scratch.cleanup();
  await assertNothingLeft(scratch.marker, [runc.root]);
});
