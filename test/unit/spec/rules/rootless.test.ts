import { test } from "node:test";
import { rootless } from "../../../../src/spec/rules/rootless.js";
import { type FullConfig, passes, refuses } from "./support.js";

const user =
  (change: (c: FullConfig) => void = () => undefined, path = "") =>
  (c: FullConfig): void => {
    c.linux.namespaces.push({ type: "user", path });
    if (path === "")
      Object.assign(c.linux, {
        uidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
        gidMappings: [{ containerID: 0, hostID: 1000, size: 1 }],
      });
    change(c);
  };
const euid = { euid: 1000 };

test("without root a user namespace is needed", () => {
  passes(rootless);
  passes(rootless, user(), euid);
  passes(rootless, user(undefined, "/run/userns"), euid);
  refuses(rootless, () => undefined, "/linux/namespaces", "rootless container requires user namespaces", euid);
  refuses(
    rootless,
    user((c) => (c.linux.uidMappings = [])),
    "/linux/uidMappings",
    "rootless containers requires at least one UID mapping",
    euid,
  );
  refuses(
    rootless,
    user((c) => (c.linux.gidMappings = [])),
    "/linux/gidMappings",
    "rootless containers requires at least one GID mapping",
    euid,
  );
});

test("groups and owners that are not mapped", () => {
  const groups = user((c) => (c.process.user = { additionalGids: [5] }));
  refuses(rootless, groups, "/process/user/additionalGids", "cannot set any additional groups in a rootless container", euid);
  passes(rootless, groups);
  const mount = (...options: string[]) => user((c) => (c.mounts = [{ destination: "/dev/pts", type: "devpts", options }]));
  passes(rootless, mount("newinstance", "gid=0", "uid=x"), euid);
  refuses(
    rootless,
    mount("newinstance", "gid=5"),
    "/mounts/0/options/1",
    "cannot specify gid=5 mount option for rootless container: user namespaces enabled, but no mapping found for gid 5",
    euid,
  );
});
