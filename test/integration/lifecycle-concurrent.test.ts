// Several commands on one container at once: each succeeds or is refused, and nothing is left half-made.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommandResult } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const sleeper = { process: { args: ["sleep", "1000"] } };
const codes = (results: readonly CommandResult[]): (number | null)[] => results.map(({ code }) => code).sort();

test("one of several creates of an id wins", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  const id = scratch.id();
  const logs = [0, 1, 2, 3].map((number) => scratch.path(`log-${number}`));
  const creates = logs.map((log) =>
    runtime.run(["--log", log, "create", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] }),
  );
  assert.deepEqual(codes(await Promise.all(creates)), [0, 1, 1, 1]);
  assert.equal((await runtime.state(id)).status, "created");
  await runtime.ok(["start", id]);
  await runtime.ok(["delete", "--force", id]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("one of several starts wins, the others say that it runs", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  for (let round = 0; round < 5; round++) {
    const id = scratch.id();
    await runtime.create(id, bundle.dir);
    const starts = await Promise.all([1, 2, 3].map(() => runtime.run(["start", id])));
    assert.deepEqual(codes(starts), [0, 1, 1]);
    for (const { code, stderr } of starts) if (code === 1) assert.match(stderr, /cannot start an already running container/);
    assert.equal((await runtime.state(id)).status, "running");
    await runtime.ok(["delete", "--force", id]);
  }
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("start against delete --force: whatever comes first, nothing is left", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  for (let round = 0; round < 10; round++) {
    const id = scratch.id();
    await runtime.create(id, bundle.dir);
    const [, removed] = await Promise.all([runtime.run(["start", id]), runtime.run(["delete", "--force", id])]);
    assert.deepEqual({ code: removed.code, stderr: removed.stderr }, { code: 0, stderr: "" });
  }
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("create against delete --force of the same id", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  const id = scratch.id();
  for (let round = 0; round < 5; round++) {
    const [, ...removed] = await Promise.all([
      runtime.create(id, bundle.dir),
      runtime.run(["delete", "--force", id]),
      runtime.run(["delete", "--force", id]),
    ]);
    assert.deepEqual(codes(removed), [0, 0]);
    await runtime.ok(["delete", "--force", id]);
  }
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("a start that hangs in a hook does not keep delete --force away", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ ...sleeper, hooks: { startContainer: [{ path: "/bin/sleep", args: ["sleep", "1000"] }] } });
  const id = scratch.id();
  await runtime.create(id, bundle.dir);
  const start = runtime.run(["start", id]);
  await runtime.waitFor(id, "running");
  await runtime.ok(["delete", "--force", id]);
  await start;
  await assertNothingLeft(scratch.marker, [runtime.root]);
});
