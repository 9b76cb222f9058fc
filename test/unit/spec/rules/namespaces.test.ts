import { test } from "node:test";
import { namespaces } from "../../../../src/spec/rules/namespaces.js";
import { passes, refuses } from "./support.js";

test("namespaces", () => {
  passes(namespaces, (c) => c.linux.namespaces.push({ type: "cgroup", path: "" }, { type: "time", path: "/proc/1/ns/time" }));
  passes(namespaces, undefined, { cgroupNamespace: false });
  refuses(
    namespaces,
    (c) => c.linux.namespaces.push({ type: "pid", path: "/x" }),
    "/linux/namespaces/5",
    'malformed spec file: duplicated ns "pid"',
  );
  refuses(
    namespaces,
    (c) => c.linux.namespaces.push({ type: "user", path: "ns/user" }),
    "/linux/namespaces/5/path",
    'namespace path must be absolute, not "ns/user"',
  );
  refuses(
    namespaces,
    (c) => c.linux.namespaces.push({ type: "cgroup" }),
    "/linux/namespaces/5",
    "cgroup namespaces aren't enabled in the kernel",
    {
      cgroupNamespace: false,
    },
  );
});
