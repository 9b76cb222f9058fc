// pause and resume, on cgroup v1 (or what the host has) and on v2; paused containers can be killed, deleted and looked at.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, describe, test } from "node:test";
import { cgroupWith } from "../support/cgroups.js";
import { sleep, waitUntil } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import type { Runtime } from "../support/runtime.js";
import { Scratch } from "../support/scratch.js";
import { noUnified, onUnified } from "../support/unified.js";

const skip = needsContainers();

/** Counts in a file of the host. */
const counting = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i > /count/now; usleep 5000; done"];

interface Counter {
  readonly scratch: Scratch;
  readonly runtime: Runtime;
  readonly id: string;
  now(): string;
}

function prepare(t: TestContext, path: (scratch: Scratch) => string, args: readonly string[] = counting) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime(path(scratch));
  const bundle = scratch.makeBundle((config) => {
    config.process.args = args;
    config.mounts.push({ destination: "/count", type: "bind", source: scratch.dir, options: ["bind"] });
  });
  const now = () => readFileSync(scratch.path("now"), "utf8");
  return { scratch, runtime, bundle, id: scratch.id(), now };
}

async function startCounter(t: TestContext, path: (scratch: Scratch) => string): Promise<Counter> {
  const { bundle, ...counter } = prepare(t, path);
  const { runtime, id, scratch } = counter;
  await runtime.create(id, bundle.dir);
  await runtime.ok(["start", id]);
  await counts(counter);
  return { scratch, runtime, id, now: counter.now };
}

/** It goes on from where it is. */
async function counts({ now }: Pick<Counter, "now">): Promise<void> {
  const read = () => {
    try {
      return now();
    } catch {
      return "";
    }
  };
  const before = read();
  await waitUntil("it counts", () => read() !== before && read() !== "");
}

async function stands({ now }: Counter): Promise<void> {
  const before = now();
  await sleep(60);
  assert.equal(now(), before);
}

async function refused(runtime: Runtime, args: readonly string[], text: RegExp): Promise<void> {
  const { code, stderr } = await runtime.run(args);
  assert.notEqual(code, 0, args.join(" "));
  assert.match(stderr, text);
}

const hosts: readonly [string, (scratch: Scratch) => string, string | false][] = [
  ["this host", () => tsruncPath, skip],
  ["cgroup v2", (scratch) => onUnified(scratch), skip || noUnified()],
];

for (const [name, path, skipped] of hosts) {
  describe(name, { skip: skipped }, () => {
    test("all stops, and goes on where it was", async (t) => {
      const counter = await startCounter(t, path);
      const { runtime, id } = counter;
      await runtime.ok(["pause", id]);
      await stands(counter);
      assert.equal((await runtime.state(id)).status, "paused");
      assert.match((await runtime.ok(["list"])).stdout, /\bpaused\b/);
      assert.equal(JSON.parse((await runtime.ok(["ps", "--format", "json", id])).stdout).length > 0, true);
      await refused(runtime, ["pause", id], /container not running: container paused/);
      await refused(runtime, ["start", id], /paused/);
      await refused(runtime, ["delete", id], /is not stopped: paused/);
      await runtime.ok(["resume", id]);
      assert.equal((await runtime.state(id)).status, "running");
      await counts(counter);
      await refused(runtime, ["resume", id], /container not paused/);
    });

    test("SIGKILL ends a paused one, which then cannot be resumed", async (t) => {
      const { runtime, id, scratch } = await startCounter(t, path);
      await runtime.ok(["pause", id]);
      await runtime.ok(["kill", id, "9"]);
      await runtime.waitFor(id, "stopped");
      await refused(runtime, ["resume", id], /container not paused/);
      await refused(runtime, ["pause", id], /"container not running"/);
      await runtime.ok(["delete", id]);
      await assertNothingLeft(scratch.marker, [runtime.root]);
    });

    test("delete --force takes a paused one", async (t) => {
      const { runtime, id, scratch } = await startCounter(t, path);
      await runtime.ok(["pause", id]);
      await runtime.ok(["delete", "--force", id]);
      await assertNothingLeft(scratch.marker, [runtime.root]);
    });

    test("a created one can be paused, resumed and started", async (t) => {
      const counter = prepare(t, path);
      const { runtime, id, bundle } = counter;
      await runtime.create(id, bundle.dir);
      await runtime.ok(["pause", id]);
      assert.equal((await runtime.state(id)).status, "paused");
      await runtime.ok(["resume", id]);
      assert.equal((await runtime.state(id)).status, "created");
      await runtime.ok(["start", id]);
      await counts(counter);
    });

    test("processes that appear all the time are stopped too", async (t) => {
      const forking = ["sh", "-c", "while :; do true & true & echo $((i=i+1)) > /count/now; wait; done"];
      const counter = prepare(t, path, forking);
      const { runtime, id, bundle } = counter;
      await runtime.create(id, bundle.dir);
      await runtime.ok(["start", id]);
      for (let round = 0; round < 5; round++) {
        await counts(counter);
        await runtime.ok(["pause", id]);
        await stands(counter);
        await runtime.ok(["resume", id]);
      }
    });

    test("a pause that is killed at any time leaves what delete --force removes", async (t) => {
      const { bundle, runtime, scratch } = prepare(t, path);
      for (const ms of [5, 20, 40, 60]) {
        const id = scratch.id();
        await runtime.create(id, bundle.dir);
        await runtime.ok(["start", id]);
        const pause = runtime.start(["pause", id], { stdio: ["ignore", "ignore", "ignore"] });
        await sleep(ms);
        pause.kill("SIGKILL");
        await runtime.ok(["delete", "--force", id]);
      }
      await assertNothingLeft(scratch.marker, [runtime.root]);
    });
  });
}

test("a container below a frozen cgroup of someone else is not paused", { skip }, async (t) => {
  const { runtime, bundle, scratch } = prepare(t, () => tsruncPath);
  const id = scratch.id();
  bundle.config.linux.cgroupsPath = `/${scratch.marker}-parent/${id}`;
  bundle.save();
  await runtime.create(id, bundle.dir);
  await runtime.ok(["start", id]);
  const v1 = readFileSync("/proc/self/cgroup", "utf8").includes("freezer");
  const [file, frozen, thawed] = v1 ? ["freezer.state", "FROZEN", "THAWED"] : ["cgroup.freeze", "1", "0"];
  const parent = cgroupWith(`${scratch.marker}-parent`, file);
  writeFileSync(join(parent, file), frozen);
  const { status } = await runtime.state(id);
  writeFileSync(join(parent, file), thawed);
  assert.equal(status, "running");
  await runtime.ok(["delete", "--force", id]);
});
