// Limits and device rules as properties of a unit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceRules } from "../../../src/cgroup/devices.js";
import type { Resources } from "../../../src/cgroup/resources.js";
import { deviceProperties } from "../../../src/cgroup/unit-devices.js";
import { resourceProperties, restoringProperties, tokens } from "../../../src/cgroup/unit-properties.js";

const infinity = "18446744073709551615";

function of(resources: Resources, version: 1 | 2 = 2): Record<string, string> {
  return Object.fromEntries(
    resourceProperties(resources, version).map(({ name, since, signature, values }) => [name, `${since} ${signature} ${values.join(" ")}`]),
  );
}

test("cgroup v2", () => {
  assert.deepEqual(of({ memory: { limit: 100, swap: 150, reservation: 50 }, pids: { limit: 0 }, cpu: { shares: 1024, cpus: "0-1,9" } }), {
    MemoryMax: "231 t 100",
    MemoryLow: "231 t 50",
    MemorySwapMax: "232 t 50",
    CPUWeight: "232 t 100",
    TasksMax: "227 t 1",
    AllowedCPUs: "244 ay 2 3 2",
  });
  assert.deepEqual(of({ memory: { limit: -1 }, pids: { limit: -1 }, cpu: { quota: -1 } }), {
    MemoryMax: `231 t ${infinity}`,
    MemorySwapMax: `232 t ${infinity}`,
    CPUQuotaPerSecUSec: `0 t ${infinity}`,
    TasksMax: `227 t ${infinity}`,
  });
  assert.deepEqual(of({ memory: { limit: 0 }, cpu: { cpus: "x" } }), {});
});

test("cgroup v1", () => {
  assert.deepEqual(of({ memory: { limit: 100, swap: 150 }, cpu: { shares: 512 }, blockIO: { weight: 300 } }, 1), {
    MemoryLimit: "0 t 100",
    CPUShares: "0 t 512",
    BlockIOWeight: "0 t 300",
  });
});

test("a quota is rounded up to 10 ms of each second", () => {
  const quota = (most: number, period?: number) => of({ cpu: { quota: most, period } })["CPUQuotaPerSecUSec"];
  assert.deepEqual(
    [quota(12345, 100000), quota(5000), quota(1, 1000000), quota(100000)],
    ["0 t 130000", "0 t 50000", "0 t 10000", "0 t 1000000"],
  );
  assert.equal(of({ cpu: { quota: 5000, period: 50000 } })["CPUQuotaPeriodUSec"], "242 t 50000");
});

test("unified wins, and what has no property, or no value, is left to the files", () => {
  const unified = {
    "memory.max": "max",
    "memory.high": "7",
    "cpu.max": "50000 100000",
    "cpuset.mems": "0",
    "memory.oom.group": "1",
    "pids.max": "x",
  };
  assert.deepEqual(of({ memory: { limit: 5 }, unified }), {
    MemoryMax: `231 t ${infinity}`,
    MemoryHigh: "231 t 7",
    CPUQuotaPeriodUSec: "242 t 100000",
    CPUQuotaPerSecUSec: "0 t 500000",
    AllowedMemoryNodes: "244 ay 1 1",
  });
  assert.deepEqual(of({ unified: { "cpu.idle": "1", "cpu.weight": "50" } }), { CPUWeight: "252 t 0" });
});

test("taking back: the value before, or the default", () => {
  const after = resourceProperties({ memory: { limit: 5, reservation: 3 }, cpu: { cpus: "0" }, pids: { limit: 9 } }, 2);
  const before = resourceProperties({ memory: { limit: 7 } }, 2);
  assert.equal(
    tokens(restoringProperties(after, before)).join(" "),
    `MemoryMax 231 t 7 MemoryLow 231 t 0 TasksMax 227 t ${infinity} AllowedCPUs 244 ay 0`,
  );
});

function devices(rules: Parameters<typeof deviceRules>[0], version: 1 | 2 = 2): string {
  return tokens(deviceProperties(deviceRules(rules), version)).join(" ");
}

test("the default devices are a list that systemd can hold", () => {
  assert.match(devices(undefined), /^DevicePolicy 240 s strict DeviceAllow 240 a\(ss\) 0 DeviceAllow 240 a\(ss\) 11 /);
  assert.match(devices(undefined), / block-\* m .*char-136 rwm|char-136 rwm .* block-\* m /s);
  assert.match(devices(undefined), / \/dev\/char\/1:3 rwm /);
});

test("rules that it cannot hold are for our program alone, on v1 the safer half of them", () => {
  assert.equal(devices([{ allow: true, access: "rwm" }]), "DevicePolicy 240 s auto DeviceAllow 240 a(ss) 0");
  assert.equal(
    devices([
      { allow: true, access: "rwm" },
      { allow: false, type: "c", major: 1, minor: 11, access: "rwm" },
    ]),
    "DevicePolicy 240 s auto DeviceAllow 240 a(ss) 0",
  );
  assert.equal(devices([{ allow: true, type: "c", minor: 3, access: "r" }]), "DevicePolicy 240 s auto DeviceAllow 240 a(ss) 0");
  assert.equal(
    devices(
      [
        { allow: true, access: "rwm" },
        { allow: false, type: "c", major: 1, minor: 11, access: "rwm" },
      ],
      1,
    ),
    "DevicePolicy 240 s strict DeviceAllow 240 a(ss) 0",
  );
});
