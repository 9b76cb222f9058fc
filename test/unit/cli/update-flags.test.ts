// The limits that `update` takes as flags.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSize } from "../../../src/cli/units.js";
import { limitFlags, resourcesOfFlags } from "../../../src/cli/update-flags.js";

for (const [text, bytes] of [
  ["512M", 536870912],
  ["512m", 536870912],
  ["1g", 1073741824],
  ["1.5G", 1610612736],
  ["64KiB", 65536],
  ["64kb", 65536],
  ["10 k", 10240],
  ["1048576", 1048576],
  ["0", 0],
  ["8P", 9007199254740992n],
  ["abc", undefined],
  ["-5", undefined],
  ["1.2.3", undefined],
  ["", undefined],
  ["16777216P", undefined],
] as const) {
  test(`size ${text}`, () => assert.equal(parseSize(text), bytes));
}

const resources = (flags: Record<string, string>) => resourcesOfFlags({ flags, args: [] });

test("every flag goes to its property", () => {
  const flags = {
    "blkio-weight": "300",
    "cpu-period": "50000",
    "cpu-quota": "-1",
    "cpu-burst": "10",
    "cpu-share": "512",
    "cpu-rt-period": "1000000",
    "cpu-rt-runtime": "950000",
    "cpu-idle": "1",
    "cpuset-cpus": "0-1",
    "cpuset-mems": "0",
    memory: "512M",
    "memory-reservation": "64M",
    "memory-swap": "-1",
    "pids-limit": "0",
    "kernel-memory": "1M",
    "kernel-memory-tcp": "1M",
  };
  assert.deepEqual(Object.keys(flags).sort(), limitFlags.map(({ name }) => name).sort());
  const { resources: document, flags: origin } = resources(flags);
  assert.deepEqual(document, {
    blockIO: { weight: 300 },
    cpu: {
      period: 50000,
      quota: -1,
      burst: 10,
      shares: 512,
      realtimePeriod: 1000000,
      realtimeRuntime: 950000,
      idle: 1,
      cpus: "0-1",
      mems: "0",
    },
    memory: { limit: 536870912, reservation: 67108864, swap: -1 },
    pids: { limit: 0 },
  });
  assert.equal(origin.get("/memory/limit"), "memory");
  assert.equal(origin.get("/cpu/realtimeRuntime"), "cpu-rt-runtime");
});

test("no flag, no document; 64 bits are exact", () => {
  assert.deepEqual(resources({ memory: "" }).resources, {});
  assert.deepEqual(resources({ "cpu-quota": "9007199254740993" }).resources, { cpu: { quota: 9007199254740993n } });
});

for (const [name, value] of [
  ["memory", "abc"],
  ["memory", "-2"],
  ["cpu-share", "-1"],
  ["cpu-period", "1e5"],
  ["pids-limit", "many"],
  ["blkio-weight", "70000"],
] as const) {
  test(`refused: --${name} ${value}`, () => {
    assert.throws(() => resources({ [name]: value }), { message: `invalid value for ${name}: "${value}"` });
  });
}
