// events: the statistics of real containers, notices of OOM kills, and the end of the stream.
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { type TestContext, describe, test } from "node:test";
import { runCommand, waitUntil } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { findProgram, needs, needsContainers } from "../support/requirements.js";
import type { Runtime } from "../support/runtime.js";
import { Scratch } from "../support/scratch.js";
import { noUnified, onUnified } from "../support/unified.js";

const skip = needsContainers();
const hog = "dd if=/dev/zero of=/dev/null bs=100M count=1";
const limited = { linux: { resources: { memory: { limit: 33554432, swap: 33554432 } } } };

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Event = any;

async function created(t: TestContext, args: readonly string[], patch: object = {}, path = (_: Scratch) => tsruncPath) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime(path(scratch));
  const id = scratch.id();
  const bundle = scratch.makeBundle({ process: { args }, ...patch });
  await runtime.create(id, bundle.dir);
  return { scratch, runtime, id, bundle };
}

async function started(...parameters: Parameters<typeof created>) {
  const container = await created(...parameters);
  await container.runtime.ok(["start", container.id]);
  return container;
}

interface Stream {
  readonly child: ChildProcess;
  events(): Event[];
  /** Resolves with the exit code. */
  readonly end: Promise<number | null>;
}

function stream(t: TestContext, runtime: Runtime, args: readonly string[]): Stream {
  const child = runtime.start(["events", ...args]);
  t.after(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
  const events = () =>
    output
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Event);
  return { child, events, end: new Promise((done) => child.on("close", (code) => done(code))) };
}

/** Names of all members, without those of the maps that depend on what has happened. */
function shape(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.length === 0 ? [] : shape(value[0], `${at}[]`);
  return Object.entries(value).flatMap(([key, inner]) => [`${at}.${key}`, ...(at.endsWith(".blkio") ? [] : shape(inner, `${at}.${key}`))]);
}

test("--stats: one object, the limits as set", { skip }, async (t) => {
  const resources = { pids: { limit: 77 }, memory: { limit: 134217728 } };
  const { runtime, id } = await started(t, ["sleep", "1000"], { linux: { resources } });
  const { stdout } = await runtime.ok(["events", "--stats", id]);
  assert.match(stdout, /^\{"type":"stats","id":"[^"]+","data":\{"cpu":.*\}\n$/);
  const { data } = JSON.parse(stdout) as Event;
  assert.deepEqual(data.pids, { current: 1, limit: 77 });
  assert.equal(data.memory.usage.limit, 134217728);
  assert.ok(data.memory.usage.max >= data.memory.usage.usage, "the peak");
  assert.ok(data.cpu.usage.total > 0);
});

test("the same members as runc's, and the same limits", { skip: skip || needs("runc", "cgroup1") }, async (t) => {
  const resources = { memory: { limit: 134217728, swap: 268435456 }, pids: { limit: 77 }, cpu: { quota: 50000, period: 100000 } };
  const ours = await started(t, ["sleep", "1000"], { linux: { resources } });
  const theirs = await started(t, ["sleep", "1000"], { linux: { resources } }, () => findProgram("runc") ?? "");
  const [a, b] = await Promise.all(
    [ours, theirs].map(async ({ runtime, id }) => (JSON.parse((await runtime.ok(["events", "--stats", id])).stdout) as Event).data),
  );
  // Zeros are left out: what happens to be zero in one may be something in the other.
  const volatile = /cache$|throttling\.|usage\.(usage|max)$|blkio\./;
  const names = (data: unknown) => shape(data).filter((name) => !volatile.test(name));
  assert.deepEqual(names(a), names(b));
  for (const entry of ["usage", "swap"]) assert.equal(a.memory[entry].limit, b.memory[entry].limit);
  assert.deepEqual(a.pids, b.pids);
  assert.deepEqual(a.cpuset, b.cpuset);
});

test("the stream: one object for each interval; it ends with the container", { skip }, async (t) => {
  const { runtime, id } = await started(t, ["sleep", "1000"]);
  const { events, end } = stream(t, runtime, ["--interval", "100ms", id]);
  await waitUntil("three statistics", () => events().length >= 3);
  assert.ok(events().every((event) => event.type === "stats" && event.id === id && event.data.pids.current === 1));
  await runtime.ok(["kill", id, "KILL"]);
  assert.equal(await end, 0);
});

for (const [name, path, skipped] of [
  ["this host", () => tsruncPath, skip],
  ["cgroup v2", (scratch: Scratch) => onUnified(scratch), skip || noUnified()],
] as const) {
  describe(name, { skip: skipped }, () => {
    test("a created container has statistics; a stopped one is not running", async (t) => {
      const { runtime, id } = await created(t, ["true"], {}, path);
      assert.equal((JSON.parse((await runtime.ok(["events", "--stats", id])).stdout) as Event).data.pids.current, 1);
      await runtime.ok(["start", id]);
      await runtime.waitFor(id, "stopped");
      for (const args of [["--stats"], []]) {
        const { code, stdout, stderr } = await runtime.run(["events", ...args, id]);
        assert.deepEqual([code, stdout], [1, ""]);
        assert.match(stderr, new RegExp(`container with id ${id} is not running`));
      }
    });

    test("a stream that waits longer than the container lives ends with it", async (t) => {
      const { runtime, id } = await started(t, ["sleep", "1000"], {}, path);
      const { child, events, end } = stream(t, runtime, ["--interval=1h", id]);
      await waitUntil("it waits", async () => (await runCommand("cat", [`/proc/${child.pid}/wchan`])).stdout.includes("poll"));
      await runtime.ok(["kill", id, "KILL"]);
      assert.equal(await end, 0);
      assert.deepEqual(events(), []);
    });
  });
}

test("OOM: one notice for a child that is killed, and the container goes on", { skip: skip || needs("cgroup1") }, async (t) => {
  const { runtime, id } = await created(t, ["sh", "-c", `${hog}; sleep 1000`], limited);
  const { child, events } = stream(t, runtime, ["--interval=1h", id]);
  await waitUntil("it waits", async () => (await runCommand("cat", [`/proc/${child.pid}/wchan`])).stdout.includes("poll"));
  await runtime.ok(["start", id]);
  await waitUntil("a notice", () => events().length > 0);
  assert.deepEqual(events(), [{ type: "oom", id }]);
  assert.equal((await runtime.state(id)).status, "running");
});

test("OOM: init itself is killed: the notice, then the end", { skip: skip || needs("cgroup1") }, async (t) => {
  const { runtime, id } = await created(t, ["sh", "-c", `exec ${hog}`], limited);
  const { child, events, end } = stream(t, runtime, ["--interval=1h", id]);
  await waitUntil("it waits", async () => (await runCommand("cat", [`/proc/${child.pid}/wchan`])).stdout.includes("poll"));
  await runtime.ok(["start", id]);
  assert.equal(await end, 0);
  assert.deepEqual(events(), [{ type: "oom", id }]);
});

test("a reader that goes away ends it quietly", { skip }, async (t) => {
  const { runtime, id } = await started(t, ["sleep", "1000"]);
  const command = `${runtime.path} --root ${runtime.root} events --interval 20ms ${id} | head -n 2`;
  const { code, stdout, stderr } = await runCommand("sh", ["-c", command]);
  assert.deepEqual([code, stderr, stdout.trim().split("\n").length], [0, "", 2]);
});

test("intervals that are none", { skip }, async (t) => {
  const { runtime, id } = await started(t, ["sleep", "1000"]);
  const failing = async (...args: string[]) => {
    const { code, stderr } = await runtime.run(["events", ...args]);
    assert.equal(code, 1);
    return stderr;
  };
  assert.match(await failing("--interval", "0s", id), /duration interval must be greater than 0/);
  assert.match(await failing("--interval", "5", id), /missing unit in duration/);
  assert.match(await failing("nosuch"), /container does not exist/);
});
