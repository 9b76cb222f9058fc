import assert from "node:assert/strict";
import test from "node:test";
import { parseStat } from "../../../src/runtime/proc.js";

test("a process may be called anything, even `) R 1 (`", () => {
  const tail = "4194304 100 0 0 0 0 0 0 0 20 0 1 0 123456789 8192 10 18446744073709551615";
  const stat = parseStat(`42 (a) R 1 (b) Z 7 42 42 0 -1 ${tail}\n`);
  assert.deepEqual(stat, { state: "Z", parent: 7, startTime: "123456789" });
});
