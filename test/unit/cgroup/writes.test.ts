import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceRules } from "../../../src/cgroup/devices.js";
import { cgroupPlaces } from "../../../src/cgroup/place.js";
import type { Resources } from "../../../src/cgroup/resources.js";
import { devicePlace, limitWrites, ruleWrites } from "../../../src/cgroup/writes.js";
import type { Facts } from "../../../src/plan/facts.js";
import { hybridFacts, noCgroupFacts, onlyV1, v2Facts } from "./facts.js";

const placesOf = (facts: Facts) => cgroupPlaces("/box", "box", facts);
const rules = (resources: Resources | undefined, facts: Facts) => ruleWrites(deviceRules(resources?.devices), placesOf(facts));
const writes = (resources: Resources | undefined, facts: Facts) => limitWrites(resources, placesOf(facts), facts);

test("v1: device rules are the defaults even without any resource", () => {
  const [first, second] = rules(undefined, hybridFacts);
  assert.deepEqual(first, { file: "/sys/fs/cgroup/devices/box/devices.deny", value: "a *:* rwm", at: "/linux/resources/devices" });
  assert.deepEqual(second, { file: "/sys/fs/cgroup/devices/box/devices.allow", value: "b *:* m", at: "default:/dev" });
  assert.equal(writes({ pids: { limit: 1 } }, hybridFacts).at(-1)?.file, "/sys/fs/cgroup/pids/box/pids.max");
});

test("a v1 device line names the rule that it comes from", () => {
  const devices = [
    { allow: false, access: "rwm" },
    { allow: true, type: "b", major: 8, minor: 0, access: "r" },
  ];
  const line = rules({ devices }, hybridFacts).find(({ value }) => value === "b 8:0 r");
  assert.equal(line?.at, "/linux/resources/devices/1");
});

test("the device program goes to v2 where no v1 controller has the rules", () => {
  assert.equal(devicePlace(placesOf(hybridFacts)), undefined);
  assert.equal(devicePlace(placesOf(v2Facts))?.dir, "/sys/fs/cgroup/box");
  assert.throws(() => devicePlace(placesOf(onlyV1("memory"))), /\/linux\/resources\/devices: cannot restrict devices/);
  const hybrid: Facts = {
    ...hybridFacts,
    cgroup: { mode: "hybrid", hierarchies: hybridFacts.cgroup.hierarchies.filter((one) => !one.controllers.includes("devices")) },
  };
  assert.equal(devicePlace(placesOf(hybrid))?.dir, "/sys/fs/cgroup/unified/box");
});

for (const [resources, controller, property] of [
  [{ memory: { limit: 1 } }, "memory", "memory.limit"],
  [{ cpu: { shares: 2 } }, "cpu", "cpu.shares"],
  [{ cpu: { cpus: "0" } }, "cpuset", "cpu.cpus"],
  [{ pids: { limit: 0 } }, "pids", "pids.limit"],
  [{ blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }] } }, "blkio", "blockIO.throttleReadBpsDevice.0"],
  [{ hugepageLimits: [{ pageSize: "2MB", limit: 1 }] }, "hugetlb", "hugepageLimits.0"],
  [{ network: { classID: 1 } }, "net_cls", "network.classID"],
  [{ network: { priorities: [{ name: "lo", priority: 1 }] } }, "net_prio", "network.priorities.0"],
] as const) {
  test(`a limit without its controller is an error: ${controller}`, () => {
    const facts = onlyV1("devices");
    const message = `cannot set ${controller} limit (${property}): the ${controller} controller is not available on this host`;
    assert.throws(() => writes(resources, facts), { message: `/linux/resources/${property.replaceAll(".", "/")}: ${message}` });
    assert.doesNotThrow(() => writes({}, facts));
  });
}

test("no cgroups at all: only what is asked for fails", () => {
  assert.throws(
    () => writes({ pids: { limit: 5 } }, noCgroupFacts),
    /cannot set pids limit \(pids\.limit\): no cgroup hierarchy is mounted/,
  );
  assert.deepEqual(writes({ memory: { limit: 0 } }, noCgroupFacts), []);
});
