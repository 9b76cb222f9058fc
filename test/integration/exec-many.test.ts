// Many execs in one container, side by side: nothing may pile up. TSRUNC_LONG=1: five times as many.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { runTarget, statusOf } from "../support/exec.js";
import { needsContainers } from "../support/requirements.js";

const skip = needsContainers();
const total = process.env["TSRUNC_LONG"] === "1" ? 500 : 100;
const together = 20;

test(`${total} execs, ${together} at a time: right exit codes, no zombie, no descriptor, no process left`, { skip }, async (t) => {
  const target = await runTarget(t);
  const descriptors = () => readdirSync(`/proc/${target.pid}/fd`).length;
  const before = { fds: descriptors(), state: readdirSync(target.runtime.root + "/" + target.id) };
  let next = 0;
  const worker = async () => {
    for (let index = next++; index < total; index = next++) {
      const code = index % 250;
      const result = await target.exec([], ["sh", "-c", `echo ${index}; exit ${code}`]);
      assert.deepEqual({ code: result.code, stdout: result.stdout, stderr: result.stderr }, { code, stdout: `${index}\n`, stderr: "" });
    }
  };
  await Promise.all(Array.from({ length: together }, worker));
  assert.deepEqual({ fds: descriptors(), state: readdirSync(target.runtime.root + "/" + target.id) }, before);
  assert.deepEqual(target.processes(), [target.pid]);
  // Zombies are in no cgroup.procs of version 1, but in the pid namespace.
  const inside = await target.sh("for p in /proc/[0-9]*; do echo ${p#/proc/}; done");
  assert.deepEqual(inside.trim().split("\n").map(Number).length, 2, `init and the shell: ${inside}`);
  assert.match(statusOf(target.pid)["State"] ?? "", /^S/);
});
