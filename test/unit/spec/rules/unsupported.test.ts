import { test } from "node:test";
import { unsupported } from "../../../../src/spec/rules/unsupported.js";
import { type FullConfig, passes, refuses } from "./support.js";

type Change = (c: FullConfig) => void;

const refused: [at: string, what: string, change: Change][] = [
  ["/linux/resources/memory/kernel", "kernel memory limits", (c) => (c.linux.resources.memory = { kernel: 1 })],
  ["/linux/resources/memory/kernelTCP", "kernel memory limits", (c) => (c.linux.resources.memory = { kernelTCP: 1 })],
  ["/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY", (c) => (c.linux.seccomp = { defaultAction: "SCMP_ACT_NOTIFY" })],
];

test("properties that are not carried out are refused by name", () => {
  for (const [at, what, change] of refused) {
    refuses(unsupported, change, at, `${at.slice(1).replace(/\//g, ".")} is not supported by this version of tsrunc (${what})`);
  }
});

test("in lists, too", () => {
  const notify = { names: ["x"], action: "SCMP_ACT_NOTIFY" as const };
  refuses(
    unsupported,
    (c) => (c.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["y"], action: "SCMP_ACT_LOG" }, notify] }),
    "/linux/seccomp/syscalls/1/action",
    "linux.seccomp.syscalls[1].action is not supported by this version of tsrunc (SCMP_ACT_NOTIFY)",
  );
});

test("values that ask for nothing pass", () => {
  passes(unsupported, (c) => {
    Object.assign(c.linux, {});
    c.linux.resources = { memory: { kernel: 0, kernelTCP: -1 } };
  });
});
