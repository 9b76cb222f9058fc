// Both hosts print the same plan, byte for byte, or refuse with the same words.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { caseNames, casePath } from "../../golden/cases.js";
import { runCommand } from "../../support/command.js";
import { outDirectory } from "../../support/paths.js";
import { Scratch } from "../../support/scratch.js";
import { sharedBundlePath, sharedBundles, sharedBundlesMissing } from "../../support/shared-bundles.js";
import { needsStatic, staticPath } from "../../support/static.js";

const nodePath = join(outDirectory, "tsrunc");
const skip = needsStatic || (existsSync(nodePath) ? false : `${nodePath} is not built (npm run build)`);

function samePlan(name: string, config: string): void {
  test(name, async (t) => {
    const scratch = new Scratch(t);
    const bundle = scratch.path("bundle");
    mkdirSync(bundle);
    copyFileSync(config, join(bundle, "config.json"));
    for (const flags of [[], ["--json"]]) {
      const args = ["--root", scratch.path("root"), "plan", ...flags, "--bundle", bundle, "case"];
      const [node, alone] = await Promise.all([nodePath, staticPath].map((path) => runCommand(path, args, { cwd: bundle })));
      assert.deepEqual(withoutTime(alone), withoutTime(node));
      assert.ok(node?.code !== 0 || node.stdout.length > 1000, "a plan has been printed");
    }
  });
}

/** A refusal is a log record with its time. */
function withoutTime(result: { code: number | null; stdout: string; stderr: string } | undefined): object {
  return { code: result?.code, stdout: result?.stdout, stderr: result?.stderr.replace(/^time="[^"]*" /, "") };
}

describe("golden cases", { skip }, () => {
  for (const name of caseNames()) samePlan(name, casePath(name, "config.json"));
});

describe("real bundles", { skip: skip || sharedBundlesMissing() }, () => {
  for (const name of sharedBundles()) samePlan(name, sharedBundlePath(name));
});
