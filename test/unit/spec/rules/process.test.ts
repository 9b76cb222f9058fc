import { test } from "node:test";
import { processRule } from "../../../../src/spec/rules/process.js";
import { passes, refuses } from "./support.js";

test("process: without one, or with the three things that runc asks for", () => {
  passes(processRule);
  passes(processRule, (c) => Reflect.deleteProperty(c, "process"));
  refuses(processRule, (c) => (c.process.cwd = ""), "/process/cwd", "Cwd property must not be empty");
  refuses(processRule, (c) => (c.process.cwd = "tmp"), "/process/cwd", "Cwd must be an absolute path");
  refuses(processRule, (c) => (c.process.args = []), "/process/args", "args must not be empty");
  refuses(processRule, (c) => Reflect.deleteProperty(c.process, "args"), "/process/args", "args must not be empty");
});
