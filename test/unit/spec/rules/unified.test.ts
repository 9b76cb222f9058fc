import { test } from "node:test";
import { unified } from "../../../../src/spec/rules/unified.js";
import { passes, refuses } from "./support.js";

test("unified", () => {
  passes(unified, (c) => (c.linux.resources.unified = { "memory.high": "1" }));
  passes(unified, (c) => (c.linux.resources.unified = {}), { mode: "v1" });
  for (const mode of ["v1", "hybrid"] as const) {
    refuses(
      unified,
      (c) => (c.linux.resources.unified = { a: "1" }),
      "/linux/resources/unified",
      "invalid configuration: cannot use unified on cgroup v1",
      { mode },
    );
  }
  for (const name of ["../x", "a/b", "..", ""]) {
    const at = `/linux/resources/unified/${name.replace("/", "~1")}`;
    refuses(
      unified,
      (c) => (c.linux.resources.unified = { [name]: "1" }),
      at,
      `unified resource "${name}" must be a file name (no slashes)`,
    );
  }
});
