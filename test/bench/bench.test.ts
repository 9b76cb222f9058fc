// The benchmark itself: it runs, and prints the ratios and the two targets. Whether they are met is not for a busy test machine to say.
import { test } from "node:test";
import assert from "node:assert/strict";
import { join } from "node:path";
import { plainEnvironment, runCommand } from "../support/command.js";
import { sourceRoot, tsruncPath } from "../support/paths.js";
import { findProgram, needsContainers } from "../support/requirements.js";

const hyperfine = findProgram("hyperfine") === undefined ? "needs the program hyperfine" : false;

test("npm run bench prints ratios and targets", { skip: needsContainers("runc", "crun", "unshare") || hyperfine }, async () => {
  const args = [join(sourceRoot, "scripts/bench.mjs"), "--no-build", "--runs", "3"];
  const { code, stdout, stderr } = await runCommand(process.execPath, args, {
    env: { ...plainEnvironment, TSRUNC: tsruncPath },
    timeoutMs: 120_000,
  });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  for (const runtime of ["tsrunc", "runc", "crun"]) {
    assert.equal(stdout.match(new RegExp(`^  ${runtime} +\\d+\\.\\d +\\d+\\.\\d\\d +\\d+\\.\\d\\d$`, "gm"))?.length, 2, stdout);
  }
  assert.equal(stdout.match(/ms \(target: at most \d+ ms\) (not )?met$/gm)?.length, 2, stdout);
});
