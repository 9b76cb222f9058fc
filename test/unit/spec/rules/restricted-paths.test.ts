import { test } from "node:test";
import { restrictedPaths } from "../../../../src/spec/rules/restricted-paths.js";
import { passes, refuses, without } from "./support.js";

test("masked and read-only paths", () => {
  for (const name of ["maskedPaths", "readonlyPaths"] as const) {
    passes(restrictedPaths, (c) => (c.linux[name] = ["/proc/kcore"]));
    passes(restrictedPaths, (c) => {
      c.linux[name] = [];
      without(c, "mount");
    });
    refuses(
      restrictedPaths,
      (c) => {
        c.linux[name] = ["/proc/kcore"];
        without(c, "mount");
      },
      `/linux/${name}`,
      "unable to restrict sys entries without a private MNT namespace",
    );
    refuses(restrictedPaths, (c) => (c.linux[name] = ["/a", ""]), `/linux/${name}/1`, "the path is empty");
  }
});
