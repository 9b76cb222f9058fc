import { test } from "node:test";
import type { Resources } from "../../../../src/spec/config.js";
import { cgroupV2 } from "../../../../src/spec/rules/cgroup-v2.js";
import { passes, refuses } from "./support.js";

test("controls of cgroup v1 only", () => {
  const cases: [string, Resources][] = [
    ["memory/swappiness", { memory: { swappiness: 60 } }],
    ["memory/disableOOMKiller", { memory: { disableOOMKiller: true } }],
    ["cpu/realtimeRuntime", { cpu: { realtimeRuntime: 1 } }],
    ["cpu/realtimePeriod", { cpu: { realtimePeriod: 1 } }],
    ["blockIO/leafWeight", { blockIO: { leafWeight: 10 } }],
    ["network/classID", { network: { classID: 1 } }],
    ["network/priorities", { network: { priorities: [{ name: "lo", priority: 1 }] } }],
  ];
  for (const [name, resources] of cases) {
    const message = `${name.replace("/", ".")} cannot be set: cgroup v2 has no such control`;
    refuses(cgroupV2, (c) => (c.linux.resources = resources), `/linux/resources/${name}`, message);
    for (const mode of ["v1", "hybrid"] as const) passes(cgroupV2, (c) => (c.linux.resources = resources), { mode });
  }
});

test("what asks for nothing passes", () => {
  const resources: Resources = {
    memory: { disableOOMKiller: false, swappiness: 18446744073709551615n, useHierarchy: true },
    cpu: { realtimeRuntime: 0, realtimePeriod: 0 },
    blockIO: { weight: 0, leafWeight: 0 },
    network: { classID: 0, priorities: [] },
  };
  passes(cgroupV2, (c) => (c.linux.resources = resources));
});
