// ps: pids of the whole cgroup subtree, and the host's ps(1) filtered by them.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { cgroupWith } from "../support/cgroups.js";
import { startCommand, waitUntil } from "../support/command.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

async function start(t: TestContext, args: readonly string[]) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const id = scratch.id();
  const bundle = scratch.makeBundle({ process: { args }, linux: { cgroupsPath: `/${id}` } });
  await runtime.create(id, bundle.dir);
  await runtime.ok(["start", id]);
  const pids = async () => JSON.parse((await runtime.ok(["ps", "--format", "json", id])).stdout) as number[] | null;
  const ps = async (...more: string[]) => (await runtime.ok(["ps", id, ...more])).stdout;
  return { runtime, id, pids, ps };
}

test("json: every process of the container, by its pid on the host", { skip }, async (t) => {
  const { runtime, id, pids } = await start(t, ["sh", "-c", "sleep 1000 & sleep 1001 & exec sleep 1002"]);
  await waitUntil("three processes", async () => (await pids())?.length === 3);
  assert.match((await runtime.ok(["ps", "-f", "json", id])).stdout, /^\[\d+,\d+,\d+\]\n$/);
  const { pid } = await runtime.state(id);
  assert.ok((await pids())?.includes(pid));
});

test("json: processes in cgroups below the container's own are among them", { skip }, async (t) => {
  const { id, pids } = await start(t, ["sleep", "1000"]);
  const [init] = (await pids()) ?? [];
  const other = startCommand("sleep", ["1000"], { stdio: ["ignore", "ignore", "ignore"] });
  t.after(() => void other.kill("SIGKILL"));
  const inner = join(cgroupWith(id, existsSync("/sys/fs/cgroup/freezer") ? "freezer.state" : "cgroup.freeze"), "inner");
  mkdirSync(inner);
  writeFileSync(join(inner, "cgroup.procs"), String(other.pid));
  assert.deepEqual(await pids(), [init, other.pid]);
});

test("table: -ef, or what is asked for, cut down to the container's lines", { skip }, async (t) => {
  const { runtime, id, ps } = await start(t, ["sleep", "1000"]);
  const { pid } = await runtime.state(id);
  for (const table of [await ps(), await ps("")]) {
    const [title = "", line = "", ...rest] = table.split("\n");
    assert.match(title, /^UID +PID +PPID .*CMD$/);
    assert.match(line, new RegExp(` ${pid} .* sleep 1000$`));
    assert.deepEqual(rest, [""]);
  }
  assert.equal((await ps("-e", "-o", "comm,pid")).split("\n").length, 3);
  assert.match(await ps("-e", "-o", "args,pid,ppid"), new RegExp(`^COMMAND +PID +PPID\nsleep 1000 +${pid} +\\d+\n$`));
  assert.match(await ps("-p", "1"), /^ *PID .*\n$/, "none of the container's");
  // Flags behind the id are ps's, not ours.
  assert.match(await ps("-f", "-p", String(pid)), new RegExp(`\\b${pid}\\b`));
});

test("table: without PATH, too; what ps refuses, and what has no PID", { skip }, async (t) => {
  const { runtime, id } = await start(t, ["sleep", "1000"]);
  const bare = await runtime.run(["ps", id], { env: {} });
  assert.deepEqual([bare.code, bare.stderr], [0, ""]);
  const failing = async (...args: string[]) => {
    const { code, stdout, stderr } = await runtime.run(["ps", ...args]);
    assert.deepEqual([code, stdout], [1, ""]);
    return stderr;
  };
  assert.match(await failing(id, "-o", "args"), /couldn't find PID field in ps output/);
  assert.match(await failing(id, "--no-such-option"), /ps: exit status \d+: error: unknown/);
  assert.match(await failing("--format", "xml", id), /invalid format option/);
  assert.match(await failing("nosuch"), /container does not exist/);
});

test("a stopped one has none", { skip }, async (t) => {
  const { runtime, id, ps } = await start(t, ["true"]);
  await runtime.waitFor(id, "stopped");
  assert.equal((await runtime.ok(["ps", "--format", "json", id])).stdout, "null\n");
  assert.match(await ps(), /^UID .*\n$/);
});
