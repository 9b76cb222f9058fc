// Every property of linux.resources on cgroup v1: the file, the text, the order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupPlaces } from "../../../src/cgroup/place.js";
import type { Resources } from "../../../src/cgroup/resources.js";
import { type CgroupWrite, limitWrites } from "../../../src/cgroup/writes.js";
import { hybridFacts, onlyV1 } from "./facts.js";

const places = cgroupPlaces("/box", "box", hybridFacts);

function writes(resources: Resources): CgroupWrite[] {
  return limitWrites(resources, places, hybridFacts);
}

/** `memory/memory.limit_in_bytes=1048576 <- memory/limit` */
function lines(resources: Resources): string[] {
  return writes(resources).map(({ file, value, at }) => {
    assert.match(file, /^\/sys\/fs\/cgroup\/[\w,]+\/box\/[\w.]+$/);
    assert.match(at, /^\/linux\/resources\//);
    return `${file.replace("/sys/fs/cgroup/", "").replace("/box", "")}=${value} <- ${at.slice("/linux/resources/".length)}`;
  });
}

test("memory, all of it", () => {
  const memory = {
    limit: 9007199254740993n,
    reservation: 65536,
    swap: 9223372036854771712n,
    kernel: 1048576,
    kernelTCP: 2097152,
    swappiness: 0,
    disableOOMKiller: true,
    useHierarchy: true,
  };
  assert.deepEqual(lines({ memory }), [
    "memory/memory.use_hierarchy=1 <- memory/useHierarchy",
    "memory/memory.limit_in_bytes=9007199254740993 <- memory/limit",
    "memory/memory.memsw.limit_in_bytes=9223372036854771712 <- memory/swap",
    "memory/memory.soft_limit_in_bytes=65536 <- memory/reservation",
    "memory/memory.kmem.tcp.limit_in_bytes=2097152 <- memory/kernelTCP",
    "memory/memory.swappiness=0 <- memory/swappiness",
    "memory/memory.oom_control=1 <- memory/disableOOMKiller",
  ]);
});

test("memory that is not set: zeros, false, Docker's swappiness of -1, kernel", () => {
  const zero = { limit: 0, reservation: 0, swap: 0, kernelTCP: 0, disableOOMKiller: false, useHierarchy: false };
  assert.deepEqual(lines({ memory: { ...zero, swappiness: 18446744073709551615n, kernel: 4096 } }), []);
});

test("unlimited memory is written; unlimited swap may have no file", () => {
  const result = writes({ memory: { limit: -1, swap: -1 } });
  assert.deepEqual(
    result.map(({ value, tolerate }) => [value, tolerate]),
    [
      ["-1", undefined],
      ["-1", [2]],
    ],
  );
  assert.equal(writes({ memory: { limit: 8192, swap: 8192 } })[1]?.tolerate, undefined);
});

test("cpu, all of it", () => {
  const cpu = {
    shares: 262144,
    quota: -1,
    burst: 1000,
    period: 50000,
    realtimeRuntime: 950000,
    realtimePeriod: 1000000,
    cpus: "0-1",
    mems: "0",
    idle: 1,
  };
  assert.deepEqual(lines({ cpu }), [
    "cpuset/cpuset.cpus=0-1 <- cpu/cpus",
    "cpuset/cpuset.mems=0 <- cpu/mems",
    "cpu,cpuacct/cpu.shares=262144 <- cpu/shares",
    "cpu,cpuacct/cpu.cfs_period_us=50000 <- cpu/period",
    "cpu,cpuacct/cpu.cfs_quota_us=-1 <- cpu/quota",
    "cpu,cpuacct/cpu.cfs_burst_us=1000 <- cpu/burst",
    "cpu,cpuacct/cpu.rt_period_us=1000000 <- cpu/realtimePeriod",
    "cpu,cpuacct/cpu.rt_runtime_us=950000 <- cpu/realtimeRuntime",
    "cpu,cpuacct/cpu.idle=1 <- cpu/idle",
  ]);
});

test("cpu that is not set", () => {
  const cpu = { shares: 0, quota: 0, period: 0, realtimeRuntime: 0, realtimePeriod: 0, cpus: "", mems: "" };
  assert.deepEqual(lines({ cpu }), []);
});

test("burst and idle have a meaning at 0; a kernel without bursts has none to switch off", () => {
  assert.deepEqual(
    writes({ cpu: { burst: 0, idle: 0 } }).map(({ value, tolerate }) => [value, tolerate]),
    [
      ["0", [2]],
      ["0", undefined],
    ],
  );
  assert.equal(writes({ cpu: { burst: 5 } })[0]?.tolerate, undefined);
});

test("shares that the kernel would clamp are refused in runc's words", () => {
  assert.throws(() => lines({ cpu: { shares: 1 } }), /\/linux\/resources\/cpu\/shares: the minimum allowed cpu-shares is 2$/);
  assert.throws(() => lines({ cpu: { shares: 262145 } }), /\/linux\/resources\/cpu\/shares: the maximum allowed cpu-shares is 262144$/);
  assert.deepEqual(lines({ cpu: { shares: 2 } }), ["cpu,cpuacct/cpu.shares=2 <- cpu/shares"]);
});

test("pids: 0 is 1, negative is max", () => {
  assert.deepEqual(lines({ pids: { limit: 0 } }), ["pids/pids.max=1 <- pids/limit"]);
  assert.deepEqual(lines({ pids: { limit: -1 } }), ["pids/pids.max=max <- pids/limit"]);
  assert.deepEqual(lines({ pids: { limit: 12 } }), ["pids/pids.max=12 <- pids/limit"]);
  assert.deepEqual(lines({ pids: {} }), []);
});

test("blockIO: weights, with BFQ's files as the alternative", () => {
  const blockIO = {
    weight: 10,
    leafWeight: 20,
    weightDevice: [
      { major: 8, minor: 0, weight: 500, leafWeight: 300 },
      { major: 8, minor: 16, weight: 1000 },
      { major: 9, minor: 9 },
    ],
  };
  assert.deepEqual(lines({ blockIO }), [
    "blkio/blkio.weight=10 <- blockIO/weight",
    "blkio/blkio.leaf_weight=20 <- blockIO/leafWeight",
    "blkio/blkio.weight_device=8:0 500 <- blockIO/weightDevice/0/weight",
    "blkio/blkio.leaf_weight_device=8:0 300 <- blockIO/weightDevice/0/leafWeight",
    "blkio/blkio.weight_device=8:16 1000 <- blockIO/weightDevice/1/weight",
  ]);
  assert.deepEqual(
    writes({ blockIO }).map(({ orElse }) => orElse),
    [
      { file: "/sys/fs/cgroup/blkio/box/blkio.bfq.weight", value: "10" },
      undefined,
      { file: "/sys/fs/cgroup/blkio/box/blkio.bfq.weight_device", value: "8:0 500" },
      undefined,
      { file: "/sys/fs/cgroup/blkio/box/blkio.bfq.weight_device", value: "8:16 1000" },
    ],
  );
  assert.deepEqual(lines({ blockIO: { weight: 0, leafWeight: 0 } }), [], "Docker's weight of 0");
});

test("blockIO: rates", () => {
  const rate = (minor: number, value: number | bigint) => [{ major: 8, minor, rate: value }];
  const blockIO = {
    throttleReadBpsDevice: rate(0, 18446744073709551615n),
    throttleWriteBpsDevice: rate(1, 1024),
    throttleReadIOPSDevice: rate(2, 0),
    throttleWriteIOPSDevice: [...rate(3, 7), ...rate(4, 8)],
  };
  assert.deepEqual(lines({ blockIO }), [
    "blkio/blkio.throttle.read_bps_device=8:0 18446744073709551615 <- blockIO/throttleReadBpsDevice/0",
    "blkio/blkio.throttle.write_bps_device=8:1 1024 <- blockIO/throttleWriteBpsDevice/0",
    "blkio/blkio.throttle.read_iops_device=8:2 0 <- blockIO/throttleReadIOPSDevice/0",
    "blkio/blkio.throttle.write_iops_device=8:3 7 <- blockIO/throttleWriteIOPSDevice/0",
    "blkio/blkio.throttle.write_iops_device=8:4 8 <- blockIO/throttleWriteIOPSDevice/1",
  ]);
});

test("huge pages: in use and reserved, the latter where the kernel has it; 0 forbids all", () => {
  const result = writes({ hugepageLimits: [{ pageSize: "2MB", limit: 0 }] });
  assert.deepEqual(result, [
    { file: "/sys/fs/cgroup/hugetlb/box/hugetlb.2MB.limit_in_bytes", value: "0", at: "/linux/resources/hugepageLimits/0" },
    {
      file: "/sys/fs/cgroup/hugetlb/box/hugetlb.2MB.rsvd.limit_in_bytes",
      value: "0",
      at: "/linux/resources/hugepageLimits/0",
      tolerate: [2],
    },
  ]);
});

test("network", () => {
  const network = {
    classID: 1048577,
    priorities: [
      { name: "eth0", priority: 500 },
      { name: "lo", priority: 0 },
    ],
  };
  assert.deepEqual(lines({ network }), [
    "net_cls,net_prio/net_cls.classid=1048577 <- network/classID",
    "net_cls,net_prio/net_prio.ifpriomap=eth0 500 <- network/priorities/0",
    "net_cls,net_prio/net_prio.ifpriomap=lo 0 <- network/priorities/1",
  ]);
  assert.deepEqual(lines({ network: { classID: 0, priorities: [] } }), []);
});

test("unified has no place on v1", () => {
  assert.throws(
    () => lines({ unified: { "memory.max": "1" } }),
    /\/linux\/resources\/unified: invalid configuration: cannot use unified on cgroup v1/,
  );
  assert.deepEqual(lines({ unified: {} }), []);
});

test("RDMA: a line for each device", () => {
  const rdma = { mlx5_1: { hcaHandles: 3, hcaObjects: 10000 }, rxe3: { hcaObjects: 0 } };
  const facts = onlyV1("rdma");
  const result = limitWrites({ rdma }, cgroupPlaces("/box", "box", facts), facts);
  assert.deepEqual(
    result.map(({ file, value, at }) => [file, value, at]),
    [
      ["/sys/fs/cgroup/rdma/box/rdma.max", "mlx5_1 hca_handle=3 hca_object=10000", "/linux/resources/rdma/mlx5_1"],
      ["/sys/fs/cgroup/rdma/box/rdma.max", "rxe3 hca_object=0", "/linux/resources/rdma/rxe3"],
    ],
  );
  assert.throws(() => writes({ rdma }), /cannot set rdma limit \(rdma\.mlx5_1\): the rdma controller is not available on this host/);
});
