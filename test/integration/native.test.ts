// The C++ tests: one executable for each file of addon/test, each of them a test here.
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../support/command.js";
import { outDirectory, sourceRoot } from "../support/paths.js";
import { needs } from "../support/requirements.js";

const directory = join(outDirectory, "tests");
const sources = readdirSync(join(sourceRoot, "addon/test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".cc"))
  .sort();

for (const source of sources) {
  const program = join(directory, `test-${source.replace(/\.cc$/, "").replaceAll("/", "-")}`);
  const skip = needs("root") || (!existsSync(program) && `${program} is not built (node scripts/build.mjs --tests)`);
  test(`addon/test/${source}`, { skip }, async () => {
    const { code, stdout, stderr } = await runCommand(program, [], { cwd: "/", timeoutMs: 120_000 });
    assert.equal(code, 0, stdout + stderr);
  });
}
