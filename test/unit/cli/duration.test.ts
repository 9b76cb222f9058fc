import assert from "node:assert/strict";
import { test } from "node:test";
import { parseDuration } from "../../../src/cli/duration.js";

for (const [text, ms] of [
  ["5s", 5000],
  ["1.5h", 5_400_000],
  ["1m30s", 90_000],
  ["250ms", 250],
  [".5s", 500],
  ["10us", 0.01],
  ["10µs", 0.01],
  ["1ns", 1e-6],
  ["-1s", -1000],
  ["+2s", 2000],
  ["0", 0],
] as const) {
  test(text, () => assert.equal(parseDuration("interval", text), ms));
}

for (const [text, why] of [
  ["5", "missing unit in duration"],
  ["", "invalid duration"],
  ["s", "invalid duration"],
  ["5 s", "invalid duration"],
  ["5d", "invalid duration"],
  ["1s2", "invalid duration"],
] as const) {
  test(`refused: "${text}"`, () => {
    assert.throws(() => parseDuration("interval", text), { message: `invalid value "${text}" for flag -interval: time: ${why} "${text}"` });
  });
}
