import { test } from "node:test";
import { unsupported } from "../../../../src/spec/rules/unsupported.js";
import { type FullConfig, passes, refuses } from "./support.js";

type Change = (c: FullConfig) => void;

const refused: [at: string, what: string, change: Change][] = [
  ["/linux/resources/memory/kernel", "kernel memory limits", (c) => (c.linux.resources.memory = { kernel: 1 })],
  ["/linux/resources/memory/kernelTCP", "kernel memory limits", (c) => (c.linux.resources.memory = { kernelTCP: 1 })],
];

test("properties that are not carried out are refused by name", () => {
  for (const [at, what, change] of refused) {
    refuses(unsupported, change, at, `${at.slice(1).replace(/\//g, ".")} is not supported by this version of tsrunc (${what})`);
  }
});

test("values that ask for nothing pass", () => {
  passes(unsupported, (c) => {
    Object.assign(c.linux, {});
    c.linux.resources = { memory: { kernel: 0, kernelTCP: -1 } };
  });
});
