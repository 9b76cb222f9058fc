// What of `process` cannot be given: all of it (runtime-spec, "create" and "start"), or capabilities that the runtime has not (config.md).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runCommand } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

test("without process: created, but never started; run refuses it at once", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle();
  Reflect.deleteProperty(bundle.config, "process");
  bundle.save();
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  assert.equal((await runtime.state(id)).status, "created");
  const started = await runtime.run(["start", id]);
  assert.deepEqual({ code: started.code, stdout: started.stdout }, { code: 1, stdout: "" });
  assert.match(started.stderr, /process property must not be empty/);
  assert.equal((await runtime.state(id)).status, "stopped");
  await runtime.ok(["delete", id]);
  const run = await runtime.run(["run", "--bundle", bundle.dir, scratch.id()]);
  assert.equal(run.code, 1);
  assert.match(run.stderr, /process property must not be empty/);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("capabilities that the runtime has not, or nobody knows: warnings in the log file, and the others", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const names = ["CAP_SYS_TIME", "CAP_CHOWN", "CAP_OF_TOMORROW"];
  const sets = { bounding: names, effective: names, permitted: names, inheritable: names, ambient: names };
  const bundle = scratch.makeBundle({ process: { args: ["grep", "Cap", "/proc/self/status"], capabilities: sets } });
  const log = scratch.path("log");
  const args = ["--root", runtime.root, "--log", log, "run", "--bundle", bundle.dir, scratch.id()];
  const { code, stdout, stderr } = await runCommand("setpriv", ["--bounding-set", "-sys_time", tsruncPath, ...args]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.deepEqual(
    stdout.match(/[0-9a-f]{16}/g),
    Array.from({ length: 5 }, () => "0000000000000001"),
  );
  const records = readFileSync(log, "utf8").trim().split("\n");
  assert.deepEqual(
    records.map((line) => /level=(\w+) msg="(.*)"$/.exec(line)?.slice(1)),
    [
      ["warning", "ignoring unknown or unavailable capabilities: CAP_OF_TOMORROW"],
      ["warning", "ignoring capabilities that the runtime does not have: CAP_SYS_TIME"],
    ],
  );
});
