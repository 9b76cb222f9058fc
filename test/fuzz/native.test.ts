// A short run of libFuzzer over each reader of the C++ side, with AddressSanitizer and UndefinedBehaviorSanitizer (docs/fuzzing.md).
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { buildNativeFuzzer, findFuzzingCompiler, nativeTargets, noFuzzingCompiler } from "../../scripts/lib/fuzz.mjs";
import { outDirectory, sourceRoot } from "../support/paths.js";
import { fuzzNative, prepareNative, replayFound, takeGood } from "./native.js";
import { fuzzSeed } from "./run.js";

const seed = fuzzSeed();
const skip = findFuzzingCompiler() === undefined ? noFuzzingCompiler : false;
const slow = new Set(["channel", "notify", "seccomp"]);

describe(`the readers of the C++ side, seed ${seed}`, { skip }, () => {
  before(async () => {
    await buildNativeFuzzer({ root: sourceRoot, out: outDirectory });
    prepareNative(60);
  });
  for (const target of ["plan", "seccomp"] as const) {
    test(`${target}: what the TypeScript side sends`, () => takeGood(target));
  }
  for (const target of nativeTargets) {
    test(target, async () => {
      await replayFound(target);
      const inputs = slow.has(target) ? 2000 : 20_000;
      assert.ok((await fuzzNative(target, { seed, inputs })) >= inputs);
    });
  }
});
