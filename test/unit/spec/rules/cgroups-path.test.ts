import { test } from "node:test";
import { cgroupsPath } from "../../../../src/spec/rules/cgroups-path.js";
import { passes, refuses } from "./support.js";

test("cgroupsPath stays below its parent", () => {
  for (const path of ["", "/docker/x", "a..b/c", "system.slice:docker:x"]) passes(cgroupsPath, (c) => (c.linux.cgroupsPath = path));
  refuses(
    cgroupsPath,
    (c) => (c.linux.cgroupsPath = "/a/../../b"),
    "/linux/cgroupsPath",
    'cgroupsPath must not contain "..", got "/a/../../b"',
  );
});
