import { test } from "node:test";
import { mountLabel } from "../../../../src/spec/rules/mount-label.js";
import { passes, refuses } from "./support.js";

test("a mount label needs a kernel with SELinux", () => {
  const label = "system_u:object_r:container_file_t:s0:c1,c2";
  passes(mountLabel, (c) => (c.linux.mountLabel = ""));
  passes(mountLabel, (c) => (c.linux.mountLabel = label), { selinux: true });
  const message = "selinux mount label is specified in config, but selinux is disabled or not supported";
  refuses(mountLabel, (c) => (c.linux.mountLabel = label), "/linux/mountLabel", message);
});
