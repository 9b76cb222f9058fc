import assert from "node:assert/strict";
import { test } from "node:test";
import { unifiedLines } from "../../../src/cgroup/unified.js";

test("one write a line, in the config's order, each naming its key", () => {
  assert.deepEqual(unifiedLines({ "io.max": "8:0 rbps=1\n8:16 rbps=2\n", "cpu.weight": "7" }, ["io", "cpu"]), [
    { file: "io.max", value: "8:0 rbps=1", at: "/linux/resources/unified/io.max" },
    { file: "io.max", value: "8:16 rbps=2", at: "/linux/resources/unified/io.max" },
    { file: "cpu.weight", value: "7", at: "/linux/resources/unified/cpu.weight" },
  ]);
});

test("files of the core and pressure files need no controller", () => {
  assert.equal(unifiedLines({ "cgroup.max.depth": "3", "io.pressure": "x" }, []).length, 2);
});

for (const [name, message] of [
  ["memory.max", /unified\/memory\.max: unified resource "memory\.max" can't be set: controller "memory" not available$/],
  ["../cpu.max", /unified\/\.\.~1cpu\.max: unified resource "\.\.\/cpu\.max" must be a file name \(no slashes\)$/],
  ["tasks", /must be in the form CONTROLLER\.PARAMETER$/],
  [".max", /must be in the form CONTROLLER\.PARAMETER$/],
  ["cpu.", /must be in the form CONTROLLER\.PARAMETER$/],
  ["..", /must be in the form CONTROLLER\.PARAMETER$/],
] as const) {
  test(`${name} is refused`, () => assert.throws(() => unifiedLines({ [name]: "1" }, ["cpu"]), message));
}
