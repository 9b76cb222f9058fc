import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupPlaces } from "../../../src/cgroup/place.js";
import type { Resources } from "../../../src/cgroup/resources.js";
import { devicePlace, limitWrites } from "../../../src/cgroup/writes.js";
import type { Facts } from "../../../src/plan/facts.js";
import { hybridFacts, noCgroupFacts, onlyV1, v2Facts } from "./facts.js";

const placesOf = (facts: Facts) => cgroupPlaces("/box", "box", facts);
const writes = (resources: Resources | undefined, facts: Facts) => limitWrites(resources, placesOf(facts), facts);

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
