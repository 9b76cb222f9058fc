// Configurations of megabytes and of ten thousand parts: as much work as there is text, not its square. With the square of it these tests would
// not come to an end.
import assert from "node:assert/strict";
import { test } from "node:test";
import { baseConfig, type TestConfig } from "../support/config.js";
import { Random } from "../support/random.js";
import { configTarget } from "./targets/config.js";

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, index) => make(index));

function changed(change: (config: TestConfig) => void): string {
  const config = baseConfig();
  change(config);
  return JSON.stringify(config);
}

const device = (index: number, allow: boolean) => ({ allow, type: "c", major: index % 4000, minor: index, access: "rwm" });

const inputs: Readonly<Record<string, { readonly text: () => string; readonly outcome: "plan" | "refused" }>> = {
  "a string of 5 MB": { text: () => changed((config) => (config.hostname = "x".repeat(5_000_000))), outcome: "refused" },
  "an environment of 5 MB": {
    text: () => changed((config) => (config.process.env = many(100_000, (index) => `A${index}=${"b".repeat(40)}`))),
    outcome: "plan",
  },
  "5 MB of blank lines": { text: () => `{${"\n".repeat(5_000_000)}"ociVersion":5}`, outcome: "refused" },
  "5 MB of brackets": { text: () => "[".repeat(5_000_000), outcome: "refused" },
  "5 MB of escapes": { text: () => `{"ociVersion":"${"\\u0041".repeat(800_000)}\\ud800"}`, outcome: "refused" },
  "5 MB of digits": { text: () => `{"ociVersion":${"9".repeat(5_000_000)}}`, outcome: "refused" },
  "20000 device rules": {
    text: () => changed((config) => (config.linux.resources.devices = many(20_000, (index) => device(index, true)))),
    outcome: "plan",
  },
  "20000 device rules to and fro": {
    text: () => changed((config) => (config.linux.resources.devices = many(20_000, (index) => device(index >> 1, index % 2 === 0)))),
    outcome: "plan",
  },
  "10000 mounts of one place": {
    text: () => changed((config) => config.mounts.push(...many(10_000, () => ({ destination: "/a", type: "tmpfs", source: "tmpfs" })))),
    outcome: "plan",
  },
  "20000 masked paths": {
    text: () => changed((config) => (config.linux.maskedPaths = many(20_000, () => "/proc/kcore"))),
    outcome: "plan",
  },
  "10000 devices": {
    text: () =>
      changed((config) => (config.linux.devices = many(10_000, (index) => ({ path: `/dev/x${index}`, type: "c", major: 1, minor: 3 })))),
    outcome: "plan",
  },
  "20000 sysctls": {
    text: () =>
      changed((config) => (config.linux.sysctl = Object.fromEntries(many(20_000, (index) => [`net.ipv4.conf.a${index}.b`, "1"])))),
    outcome: "plan",
  },
};

const target = configTarget();

for (const [name, { text, outcome }] of Object.entries(inputs)) {
  test(name, () => assert.equal(target.examine(new TextEncoder().encode(text()), new Random(0)), outcome));
}
