import assert from "node:assert/strict";
import { test } from "node:test";
import { callerEnvironment } from "../../../src/host/node/launch.js";

test("only prefixed variables are the caller's, whatever they are called", () => {
  const env = callerEnvironment({
    TSRUNC_LAUNCH: "x",
    PATH: "/ours",
    TSRUNC_ENV_PATH: "/theirs",
    TSRUNC_ENV___proto__: "p",
    TSRUNC_ENV_E: "",
  });
  assert.deepEqual(Object.entries(env), [
    ["PATH", "/theirs"],
    ["__proto__", "p"],
    ["E", ""],
  ]);
});
