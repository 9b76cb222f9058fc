import assert from "node:assert/strict";
import { test } from "node:test";
import { cpuMax, cpuWeight, exact, ioWeight, memoryMax, pidsMax, positive, swapMax } from "../../../src/cgroup/convert.js";

test("positive: 0 and absent are not set, all else is exact", () => {
  assert.equal(positive(undefined), undefined);
  assert.equal(positive(0), undefined);
  assert.equal(positive(0n), undefined);
  assert.equal(positive(-1), "-1");
  assert.equal(positive(9223372036854775807n), "9223372036854775807");
  assert.equal(exact(0), "0");
  assert.equal(exact(undefined), undefined);
});

test("memoryMax: -1 is max", () => {
  assert.equal(memoryMax(-1), "max");
  assert.equal(memoryMax(-1n), "max");
  assert.equal(memoryMax(0), undefined);
  assert.equal(memoryMax(9007199254740993n), "9007199254740993");
});

test("pidsMax: 0 is 1, negative is max", () => {
  assert.deepEqual([undefined, -5, -1n, 0, 0n, 1, 4096].map(pidsMax), [undefined, "max", "max", "1", "1", "1", "4096"]);
});

// The curve has to go through both ends and 1024 → 100; the others are computed with the formula by hand.
for (const [shares, weight] of [
  [0, undefined],
  [1, "1"],
  [2, "1"],
  [3, "2"],
  [512, "59"],
  [1024, "100"],
  [262143, "10000"],
  [262144, "10000"],
  [18446744073709551615n, "10000"],
] as const) {
  test(`cpuWeight: ${shares} shares are weight ${weight}`, () => assert.equal(cpuWeight(shares), weight));
}

test("cpuWeight never falls and stays in its range", () => {
  let last = 0;
  for (let shares = 1; shares <= 262144; shares += 7) {
    const weight = Number(cpuWeight(shares));
    assert.ok(weight >= last && weight >= 1 && weight <= 10000, `${shares} → ${weight} after ${last}`);
    last = weight;
  }
});

test("cpuMax: defaults of one for the other", () => {
  assert.equal(cpuMax(undefined, undefined), undefined);
  assert.equal(cpuMax(0, 0), undefined);
  assert.equal(cpuMax(20000, undefined), "20000 100000");
  assert.equal(cpuMax(-1, undefined), "max 100000");
  assert.equal(cpuMax(undefined, 50000), "max 50000");
  assert.equal(cpuMax(-1, 50000), "max 50000");
  assert.equal(cpuMax(20000, 50000), "20000 50000");
});

test("ioWeight: 10..1000 becomes 1..10000", () => {
  assert.deepEqual([10, 11, 100, 500, 1000].map(ioWeight), ["1", "11", "910", "4950", "10000"]);
});

for (const [limit, swap, expected] of [
  [undefined, undefined, { value: undefined }],
  [0, 0, { value: undefined }],
  [100, undefined, { value: undefined }],
  [-1, undefined, { value: "max" }],
  [-1, 0, { value: "max" }],
  [100, -1, { value: "max" }],
  [undefined, -1, { value: "max" }],
  [100, 100, { value: "0" }],
  [100, 150, { value: "50" }],
  [-1, 150, { value: "150" }],
  [9007199254740993n, 9007199254740995n, { value: "2" }],
  [undefined, 150, { refused: "swap" }],
  [-2, 150, { refused: "swap" }],
  [100, 99, { refused: "less" }],
] as const) {
  test(`swapMax: limit ${limit}, swap ${swap}`, () => assert.deepEqual(swapMax(limit, swap), expected));
}
