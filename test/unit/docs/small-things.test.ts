// docs/small-things.md: sixty rows, and each test that a row names is there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sourceRoot } from "../../support/paths.js";
import { readDocument } from "./markdown.js";

const rows = [...readDocument("docs/small-things.md").matchAll(/^\| (\d+) \| (.+?) \| (.+) \|$/gm)].map(
  ([, number, what = "", tests = ""]) => ({
    number: Number(number),
    what,
    tests: [...tests.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, path = "", name = ""]) => ({ path, name })),
  }),
);

test("each of the sixty has a row", () => {
  assert.deepEqual(
    rows.map(({ number }) => number),
    Array.from({ length: 60 }, (_, index) => index + 1),
  );
});

test("each row names tests that are there", () => {
  for (const { number, what, tests } of rows) {
    assert.ok(tests.length > 0, `${number} ${what}: no test`);
    for (const { path, name } of tests) {
      const text = readFileSync(join(sourceRoot, path), "utf8");
      assert.ok(text.includes(name), `${number} ${what}: ${path} has no "${name}"`);
    }
  }
});
