// What the load test takes for a drift: not a machine that gets busier, nor noise; but a command that gets slower than others do.
import assert from "node:assert/strict";
import { test } from "node:test";
import { drift, grows, type Sample, tenths, trend } from "../../fault/support/drift.js";
import { Random } from "../../support/random.js";

const COUNT = 3000;

/** A command of `cost` on a machine whose load goes up to five times what it was and back; `more` is what it has grown by in the end. */
function samples(seed: number, cost: number, more: number): Sample[] {
  const random = new Random(seed);
  return Array.from({ length: COUNT }, (_, at) => {
    const load = 1 + 4 * Math.sin((Math.PI * at) / COUNT) + (random.once(20) ? 10 : 0);
    return { at: at * 1000, ms: cost * load * (0.5 + random.below(1000) / 1000) * (1 + (more * at) / COUNT) };
  });
}

const control = samples(1, 2, 0);

test("a machine that is busier in between has no command drift", () => {
  for (let seed = 2; seed < 30; seed++) {
    const found = drift(samples(seed, 40, 0), control);
    assert.equal(grows(found), false, JSON.stringify(found));
    assert.ok(found.low < found.growth && found.growth < found.high);
  }
  assert.ok((tenths(control)[5] ?? 0) > 3 * (tenths(control)[0] ?? 0), "it was busier");
});

test("a command that becomes a third slower drifts", () => {
  for (let seed = 2; seed < 30; seed++) {
    const found = drift(samples(seed, 40, 0.33), control);
    assert.equal(grows(found), true, JSON.stringify(found));
    assert.ok(found.lastRatio > found.firstRatio);
  }
});

test("a line has its own slope, and three points none", () => {
  const found = trend(Array.from({ length: 11 }, (_, at): [number, number] => [at / 10, 100 + at]));
  assert.ok(Math.abs(found.growth - 10 / 105) < 1e-9 && Math.abs(found.low - found.high) < 1e-9, JSON.stringify(found));
  assert.equal(
    grows(
      trend([
        [0, 1],
        [0.5, 2],
        [1, 3],
      ]),
    ),
    false,
  );
});
