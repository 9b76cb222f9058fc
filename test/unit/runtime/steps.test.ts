import assert from "node:assert/strict";
import test from "node:test";
import { optable } from "../../../src/plan/optable.js";
import { isRuntimeVerb, runtimeSteps } from "../../../src/runtime/steps/index.js";

test("every verb of the runtime has its function, and undo verbs are among them", () => {
  for (const [verb, row] of Object.entries(optable)) {
    const mine = (row.who as readonly string[]).includes("runtime");
    assert.equal(Object.hasOwn(runtimeSteps, verb), mine, verb);
    if ("undo" in row) assert.ok(isRuntimeVerb(row.undo as keyof typeof optable), row.undo);
  }
});
