import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TsruncError } from "../../../../src/errors/errors.js";
import { parseConfig } from "../../../../src/spec/load.js";
import { checkRules, rules } from "../../../../src/spec/rules/index.js";
import { sourceRoot } from "../../../support/paths.js";
import { context } from "./support.js";

const directory = join(sourceRoot, "src/spec/rules");

test("every rule has its file, its place in the list and its test", () => {
  const names = readdirSync(directory).filter((name) => name !== "index.ts" && name !== "rule.ts");
  assert.equal(rules.length, names.length);
  assert.equal(new Set(rules).size, rules.length);
  const tests = readdirSync(join(sourceRoot, "test/unit/spec/rules"));
  for (const name of names) assert.ok(tests.includes(name.replace(/\.ts$/, ".test.ts")), name);
});

test("a finding becomes an error with its place", () => {
  const text = '{"ociVersion":"1.3.0",\n "process": {"cwd":"/",\n  "args": []}}';
  const loaded = parseConfig(new TextEncoder().encode(text), "config.json");
  assert.throws(
    () => checkRules(loaded, context()),
    (error) => {
      assert.ok(error instanceof TsruncError);
      assert.equal(error.message, "config.json:3:11 /process/args: args must not be empty");
      assert.deepEqual([error.fields.at, error.fields.where], ["/process/args", "config.json:3:11"]);
      return true;
    },
  );
});
