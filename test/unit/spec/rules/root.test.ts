import { test } from "node:test";
import { root } from "../../../../src/spec/rules/root.js";
import { passes, refuses, without } from "./support.js";

test("root", () => {
  passes(root, (c) => (c.root.readonly = true));
  passes(root, (c) => without(c, "mount"));
  refuses(root, (c) => Reflect.deleteProperty(c, "root"), "/root", "root must be specified");
  refuses(
    root,
    (c) => {
      c.root.readonly = true;
      without(c, "mount");
    },
    "/root/readonly",
    "unable to make the root read-only without a private MNT namespace",
  );
});
