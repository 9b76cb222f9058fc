// Some thousand inputs for each reader of the TypeScript side; `npm run fuzz -- --minutes 10` takes more (docs/fuzzing.md).
import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzSeed, runTarget, targets } from "./run.js";

const seed = fuzzSeed();

for (const [name, make] of Object.entries(targets)) {
  test(`${name}, seed ${seed}`, () => {
    const target = make();
    const { inputs, outcomes } = runTarget(target, { seed, to: target.usual });
    // Neither all good nor all bad: the inputs reach what is behind the first check.
    assert.equal(inputs, target.usual);
    for (const [outcome, count] of Object.entries(outcomes)) assert.ok(count > inputs / 50, `${outcome}: ${count} of ${inputs}`);
    assert.ok(Object.keys(outcomes).length >= 2, JSON.stringify(outcomes));
  });
}
