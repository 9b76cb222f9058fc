import { test } from "node:test";
import { rootfsPropagation } from "../../../../src/spec/rules/rootfs-propagation.js";
import { passes, refuses } from "./support.js";

test("rootfsPropagation and --no-pivot", () => {
  passes(rootfsPropagation, undefined, { noPivot: true });
  passes(rootfsPropagation, (c) => (c.linux.rootfsPropagation = "rslave"), { noPivot: true });
  for (const value of ["private", "rprivate"] as const) {
    passes(rootfsPropagation, (c) => (c.linux.rootfsPropagation = value));
    const message = "rootfsPropagation of [r]private is not safe without pivot_root";
    refuses(rootfsPropagation, (c) => (c.linux.rootfsPropagation = value), "/linux/rootfsPropagation", message, { noPivot: true });
  }
});
