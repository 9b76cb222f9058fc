import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { sourceRoot } from "../../support/paths.js";

test("src/spec/types.gen.ts and spec-schemas/plan.json are what their sources give", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/gen-spec.mjs", "--check"], { cwd: sourceRoot, encoding: "utf8" });
  assert.equal(status, 0, stderr);
});
