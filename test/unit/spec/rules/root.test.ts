import { test } from "node:test";
import { root } from "../../../../src/spec/rules/root.js";
import { type FullConfig, passes, refuses, without } from "./support.js";

test("root", () => {
  passes(root, (c) => (c.root.readonly = true));
  passes(root, (c) => without(c, "mount"));
  refuses(root, (c) => Reflect.deleteProperty(c, "root"), "/root", "root must be specified");
  const shared = (c: FullConfig): void => {
    c.root.readonly = true;
    without(c, "mount");
  };
  passes(root, shared);
  const message = "unable to make the root read-only without a private MNT namespace";
  refuses(root, shared, "/root/readonly", message, { euid: 1000 });
  refuses(root, (c) => (shared(c), c.linux.namespaces.push({ type: "user" })), "/root/readonly", message);
});
