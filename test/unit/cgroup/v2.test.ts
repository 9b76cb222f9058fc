// Every property of linux.resources on cgroup v2: the file, the text, the order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupPlaces } from "../../../src/cgroup/place.js";
import type { Resources } from "../../../src/cgroup/resources.js";
import { type CgroupWrite, limitWrites } from "../../../src/cgroup/writes.js";
import { v2Facts } from "./facts.js";

function writes(resources: Resources): CgroupWrite[] {
  return limitWrites(resources, cgroupPlaces("/box", "box", v2Facts), v2Facts);
}

function lines(resources: Resources): string[] {
  return writes(resources).map(({ file, value, at }) => {
    assert.ok(file.startsWith("/sys/fs/cgroup/box/") && at.startsWith("/linux/resources/"));
    return `${file.slice("/sys/fs/cgroup/box/".length)}=${value} <- ${at.slice("/linux/resources/".length)}`;
  });
}

test("nothing asked, nothing written", () => {
  assert.deepEqual(writes({}), []);
  assert.deepEqual(limitWrites(undefined, [], v2Facts), []);
});

test("memory: swap is what is above the limit", () => {
  assert.deepEqual(lines({ memory: { limit: 9007199254740993n, swap: 9007199254740994n, reservation: 4096 } }), [
    "memory.swap.max=1 <- memory/swap",
    "memory.max=9007199254740993 <- memory/limit",
    "memory.low=4096 <- memory/reservation",
  ]);
  assert.deepEqual(lines({ memory: { limit: -1, reservation: -1 } }), [
    "memory.swap.max=max <- memory/swap",
    "memory.max=max <- memory/limit",
    "memory.low=max <- memory/reservation",
  ]);
  assert.deepEqual(lines({ memory: { limit: 0, swap: 0, reservation: 0, kernel: 5, kernelTCP: 5 } }), []);
});

test("memory: a kernel without swap accounting has nothing to lift or forbid", () => {
  const tolerated = (limit: number, swap: number) => writes({ memory: { limit, swap } })[0]?.tolerate;
  assert.deepEqual(tolerated(4096, 4096), [2]);
  assert.deepEqual(tolerated(4096, -1), [2]);
  assert.equal(tolerated(4096, 8192), undefined);
});

test("memory: sums that cannot be", () => {
  assert.throws(
    () => writes({ memory: { swap: 10 } }),
    /^TsruncError: \/linux\/resources\/memory\/swap: unable to set swap limit without memory limit$/,
  );
  assert.throws(() => writes({ memory: { limit: 10, swap: 9 } }), /memory\+swap limit should be >= memory limit$/);
});

test("cpu, all of it", () => {
  const cpu = { shares: 1024, quota: 20000, burst: 10, period: 40000, cpus: "0", mems: "0-1", idle: 1 };
  assert.deepEqual(lines({ cpu }), [
    "cpu.weight=100 <- cpu/shares",
    "cpu.max=20000 40000 <- cpu/quota",
    "cpu.max.burst=10 <- cpu/burst",
    "cpu.idle=1 <- cpu/idle",
    "cpuset.cpus=0 <- cpu/cpus",
    "cpuset.mems=0-1 <- cpu/mems",
  ]);
});

test("cpu: a period alone, no limit, and nothing set", () => {
  assert.deepEqual(lines({ cpu: { period: 40000 } }), ["cpu.max=max 40000 <- cpu/period"]);
  assert.deepEqual(lines({ cpu: { quota: -1 } }), ["cpu.max=max 100000 <- cpu/quota"]);
  assert.deepEqual(lines({ cpu: { shares: 0, quota: 0, period: 0, cpus: "", mems: "" } }), []);
});

test("pids", () => {
  assert.deepEqual(lines({ pids: { limit: -7 } }), ["pids.max=max <- pids/limit"]);
  assert.deepEqual(lines({ pids: { limit: 0 } }), ["pids.max=1 <- pids/limit"]);
});

test("io: BFQ's weight as it is, io.weight converted", () => {
  const blockIO = {
    weight: 100,
    weightDevice: [
      { major: 8, minor: 0, weight: 1000 },
      { major: 8, minor: 1 },
    ],
  };
  assert.deepEqual(writes({ blockIO }), [
    {
      file: "/sys/fs/cgroup/box/io.bfq.weight",
      value: "100",
      at: "/linux/resources/blockIO/weight",
      orElse: { file: "/sys/fs/cgroup/box/io.weight", value: "910" },
    },
    {
      file: "/sys/fs/cgroup/box/io.bfq.weight",
      value: "8:0 1000",
      at: "/linux/resources/blockIO/weightDevice/0/weight",
      orElse: { file: "/sys/fs/cgroup/box/io.weight", value: "8:0 10000" },
    },
  ]);
});

test("io: rates; 0 is no limit", () => {
  const rate = (value: number | bigint) => [{ major: 8, minor: 0, rate: value }];
  const blockIO = {
    throttleReadBpsDevice: rate(18446744073709551615n),
    throttleWriteBpsDevice: rate(1),
    throttleReadIOPSDevice: rate(2),
    throttleWriteIOPSDevice: rate(0),
  };
  assert.deepEqual(lines({ blockIO }), [
    "io.max=8:0 rbps=18446744073709551615 <- blockIO/throttleReadBpsDevice/0",
    "io.max=8:0 wbps=1 <- blockIO/throttleWriteBpsDevice/0",
    "io.max=8:0 riops=2 <- blockIO/throttleReadIOPSDevice/0",
    "io.max=8:0 wiops=max <- blockIO/throttleWriteIOPSDevice/0",
  ]);
});

test("huge pages", () => {
  const result = writes({ hugepageLimits: [{ pageSize: "1GB", limit: 1073741824 }] });
  assert.deepEqual(
    result.map(({ file, value, tolerate }) => [file, value, tolerate]),
    [
      ["/sys/fs/cgroup/box/hugetlb.1GB.max", "1073741824", undefined],
      ["/sys/fs/cgroup/box/hugetlb.1GB.rsvd.max", "1073741824", [2]],
    ],
  );
});

test("unified comes last", () => {
  assert.deepEqual(lines({ unified: { "memory.high": "1000" }, pids: { limit: 3 } }), [
    "pids.max=3 <- pids/limit",
    "memory.high=1000 <- unified/memory.high",
  ]);
});
