import { test } from "node:test";
import { hooks } from "../../../../src/spec/rules/hooks.js";
import { passes, refuses } from "./support.js";

test("hooks", () => {
  passes(hooks, (c) => (c.hooks = { prestart: [{ path: "/a", args: [], timeout: 9223372036 }], poststop: [] }));
  for (const kind of ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] as const) {
    refuses(
      hooks,
      (c) => (c.hooks = { [kind]: [{ path: "/a" }, { path: "b" }] }),
      `/hooks/${kind}/1/path`,
      'hook path must be absolute, not "b"',
    );
  }
  refuses(
    hooks,
    (c) => (c.hooks = { poststart: [{ path: "/a", timeout: 9223372037 }] }),
    "/hooks/poststart/0/timeout",
    "timeout must be at most 9223372036 seconds, not 9223372037",
  );
});
