import { test } from "node:test";
import { environment } from "../../../../src/spec/rules/environment.js";
import { passes, refuses } from "./support.js";

test("environment", () => {
  passes(environment, (c) => (c.process.env = ["A=", "B=x=y", "A=2"]));
  refuses(environment, (c) => (c.process.env = ["A=1", "B"]), "/process/env/1", "invalid environment variable: missing '='");
  refuses(environment, (c) => (c.process.env = ["=1"]), "/process/env/0", "invalid environment variable: name cannot be empty");
});
