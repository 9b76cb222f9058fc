// kill for all processes of a container: --all, and SIGKILL where there is no pid namespace that dies with init.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, describe, test } from "node:test";
import { waitUntil } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { noUnified, onUnified } from "../support/unified.js";

const skip = needsContainers();
/** init and two children, one of them in a session of its own. */
const family = ["sh", "-c", "sleep 1000 & setsid sleep 1000 & exec sleep 1000"];

async function started(t: TestContext, path: (scratch: Scratch) => string, ownPids: boolean, args: readonly string[] = family) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime(path(scratch));
  const id = scratch.id();
  const bundle = scratch.makeBundle((config) => {
    config.process.args = args;
    if (!ownPids) config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) => type !== "pid");
  });
  await runtime.create(id, bundle.dir);
  await runtime.ok(["start", id]);
  const pids = async () => (JSON.parse((await runtime.ok(["ps", "-f", "json", id])).stdout) ?? []) as number[];
  await waitUntil("three processes", async () => (await pids()).length === 3);
  return { scratch, runtime, id, pids };
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

for (const [name, path, skipped] of [
  ["this host", () => tsruncPath, skip],
  ["cgroup v2", (scratch: Scratch) => onUnified(scratch), skip || noUnified()],
] as const) {
  describe(name, { skip: skipped }, () => {
    for (const ownPids of [true, false]) {
      test(`--all KILL ends all ${ownPids ? "with" : "without"} a pid namespace, and again is no error`, async (t) => {
        const { scratch, runtime, id, pids } = await started(t, path, ownPids);
        const all = await pids();
        await runtime.ok(["kill", "--all", id, "9"]);
        await waitUntil("all have ended", () => all.every((pid) => !isAlive(pid)));
        await runtime.waitFor(id, "stopped");
        await runtime.ok(["kill", "-a", id, "KILL"]);
        await runtime.ok(["delete", id]);
        await assertNothingLeft(scratch.marker, [runtime.root]);
      });
    }

    test("--all with another signal reaches every process", async (t) => {
      const { runtime, id, pids } = await started(t, path, false);
      const all = await pids();
      await runtime.ok(["kill", "--all", id, "TERM"]);
      await waitUntil("all have ended", () => all.every((pid) => !isAlive(pid)));
    });

    test("without a pid namespace: KILL ends all; what outlives init is for --all and for delete", async (t) => {
      const { scratch, runtime, id, pids } = await started(t, path, false);
      const all = await pids();
      const { pid } = await runtime.state(id);
      process.kill(pid, "SIGKILL");
      await runtime.waitFor(id, "stopped");
      assert.equal((await pids()).length, 2);
      const { code, stderr } = await runtime.run(["kill", id, "KILL"]);
      assert.deepEqual([code, /container not running/.test(stderr)], [1, true]);
      await runtime.ok(["kill", "--all", id, "9"]);
      await waitUntil("all have ended", () => all.every((one) => !isAlive(one)));
      await runtime.ok(["delete", id]);
      await assertNothingLeft(scratch.marker, [runtime.root]);
    });

    test("a paused container: all die", async (t) => {
      const { runtime, id, pids } = await started(t, path, false);
      const all = await pids();
      await runtime.ok(["pause", id]);
      await runtime.ok(["kill", "--all", id, "KILL"]);
      await waitUntil("all have ended", () => all.every((pid) => !isAlive(pid)));
    });
  });
}

test("processes in cgroups below the container's own are not spared", { skip }, async (t) => {
  const { runtime, id, pids } = await started(t, () => tsruncPath, false);
  const all = await pids();
  const [, hierarchy = "", own = ""] = /^\d+:(freezer|):(.*)$/m.exec(readFileSync(`/proc/${all[0]}/cgroup`, "utf8")) ?? [];
  const inner = join("/sys/fs/cgroup", hierarchy, own, "inner");
  mkdirSync(inner);
  writeFileSync(join(inner, "cgroup.procs"), String(all.at(-1)));
  await runtime.ok(["kill", "--all", id, "KILL"]);
  await waitUntil("all have ended", () => all.every((pid) => !isAlive(pid)));
});

test("a crowd of more processes than descriptors are opened at a time", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const id = scratch.id();
  const script = "i=0; while [ $i -lt 300 ]; do sleep 1000 & i=$((i+1)); done; exec sleep 1000";
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", script] } });
  await runtime.create(id, bundle.dir);
  await runtime.ok(["start", id]);
  const count = async () => (JSON.parse((await runtime.ok(["ps", "-f", "json", id])).stdout) ?? []).length;
  await waitUntil("they are there", async () => (await count()) === 301);
  await runtime.ok(["kill", "--all", id, "TERM"]);
  // init of a pid namespace has no handler for SIGTERM and is spared by the kernel.
  await waitUntil("only init is left", async () => (await count()) === 1);
});
