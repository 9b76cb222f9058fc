// SECURITY.md: each promise and each attack names tests that are there, each attack a defence that the source can leave out, and each of those
// is named.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { sourceRoot } from "../../support/paths.js";
import { readDocument, tableBelow } from "./markdown.js";

const text = readDocument("SECURITY.md");
const read = (path: string): string => readFileSync(join(sourceRoot, path), "utf8");

/** `path` "name", of which a test may have more. */
const testsIn = (cell: string): [path: string, name: string][] =>
  [...cell.matchAll(/`((?:test|addon)\/[^`]+)` "([^"]+)"/g)].map(([, path = "", name = ""]) => [path, name]);

function assertThere(what: string, cell: string): void {
  const tests = testsIn(cell);
  assert.ok(tests.length > 0, `${what}: no test`);
  for (const [path, name] of tests) assert.ok(read(path).includes(name), `${what}: ${path} has no "${name}"`);
}

test("each promise names tests that are there", () => {
  const promises = tableBelow(text, "## Promises");
  assert.ok(promises.length > 10);
  for (const [what = "", tests = ""] of promises) assertThere(what, tests);
});

const sources = (directory: string, ends: string): string[] =>
  readdirSync(join(sourceRoot, directory), { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ends));

/** Names of the weak points that the source has. */
function weakPoints(): Set<string> {
  const native = sources("addon", ".cc").flatMap((name) => [...read(`addon/${name}`).matchAll(/weakened\("([^"]+)"\)/g)]);
  const core = sources("src", ".ts").flatMap((name) => [...read(`src/${name}`).matchAll(/__TSRUNC_WEAK__\?\.\["([^"]+)"\]/g)]);
  return new Set([...native, ...core].map(([, name = ""]) => name));
}

test("each attack names its test and the defence that it succeeds without; no defence is left over", () => {
  const attacks = tableBelow(text, "## Attacks");
  const named = new Set<string>();
  for (const [what = "", , tests = "", without = ""] of attacks) {
    assertThere(what, tests);
    for (const [, point = ""] of without.matchAll(/`([a-z-]+)`/g)) {
      named.add(point);
      // One has a value behind it, one is left out together with another.
      for (const [path] of testsIn(tests))
        assert.match(read(path), new RegExp(`["\`,]${point}["=,]`), `${what}: ${path} leaves something else out`);
    }
  }
  assert.deepEqual([...named].sort(), [...weakPoints()].sort());
});
