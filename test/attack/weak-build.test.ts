// The weak points are in the build of the attacks and in no other.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { weakPath } from "../support/attack.js";
import { outDirectory, tsruncPath } from "../support/paths.js";
import { runContainer } from "../support/run.js";
import { needsContainers } from "../support/requirements.js";

const products = ["tsrunc", "tsrunc-init", "tsrunc.node", "tsrunc.cjs", "tsrunc.boot.cjs", "tsrunc-static"];
/** The variable, what reads it, and two names of defences that are nothing else. */
const signs = ["TSRUNC_WEAKEN", "tsruncWeak", "__TSRUNC_WEAK__", "cwd-proof", "sub-cgroup"];

const signsIn = (path: string): string[] => signs.filter((sign) => readFileSync(path).includes(sign));

test("nothing of a weak point is in what is shipped", { skip: existsSync(weakPath) ? false : `${weakPath} is not built` }, () => {
  const shipped = products.map((name) => join(outDirectory, name)).filter((path) => existsSync(path));
  assert.ok(shipped.length >= 5, shipped.join());
  for (const path of shipped) assert.deepEqual(signsIn(path), [], path);
  const weak = ["tsrunc-init", "tsrunc.node", "tsrunc.cjs"].map((name) => signsIn(join(outDirectory, "weak", name)));
  assert.deepEqual(weak, [
    ["TSRUNC_WEAKEN", "cwd-proof"],
    ["TSRUNC_WEAKEN", "cwd-proof"],
    ["TSRUNC_WEAKEN", "tsruncWeak", "sub-cgroup"],
  ]);
});

test("TSRUNC_WEAKEN means nothing to the executable", { skip: needsContainers() }, async (t) => {
  const env = { PATH: process.env["PATH"] ?? "", TSRUNC_WEAKEN: "wrapped-ids,cwd-proof" };
  const { code, stderr } = await runContainer(t, "true", { process: { user: { uid: 4294967295, gid: 0 } } }, { env, runtime: tsruncPath });
  assert.equal(code, 1);
  assert.match(stderr, /invalid uid 4294967295/);
});
