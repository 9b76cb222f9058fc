// What `npm run fuzz` runs: OUT/fuzz/fuzz.mjs, the targets of test/fuzz.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bundleTest } from "./tests.mjs";

export async function bundleFuzzer(where) {
  const directory = join(where.out, "fuzz");
  mkdirSync(directory, { recursive: true });
  const program = join(directory, "fuzz.mjs");
  await bundleTest(where, join(where.root, "test/fuzz/main.ts"), program);
  return program;
}
