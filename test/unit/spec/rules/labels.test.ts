import { test } from "node:test";
import { labels } from "../../../../src/spec/rules/labels.js";
import { passes, refuses } from "./support.js";

test("a label that nobody enforces is refused", () => {
  refuses(
    labels,
    (c) => (c.process.apparmorProfile = "docker-default"),
    "/process/apparmorProfile",
    "apparmor: config provided but apparmor not supported",
  );
  passes(labels, (c) => (c.process.apparmorProfile = "docker-default"), { apparmor: true });
  for (const nothing of ["", "unconfined"]) passes(labels, (c) => (c.process.apparmorProfile = nothing));
  refuses(
    labels,
    (c) => (c.process.selinuxLabel = "a:b:c"),
    "/process/selinuxLabel",
    "selinux label is specified in config, but selinux is disabled or not supported",
  );
  passes(labels, (c) => (c.process.selinuxLabel = "a:b:c"), { selinux: true });
  passes(labels, (c) => (c.process.selinuxLabel = ""));
});
