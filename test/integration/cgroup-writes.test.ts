// The writes of src/cgroup, made for real: to v1 cgroups of the test, read back; the device program of v2, loaded and obeyed.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import assert from "node:assert/strict";
import { type TestContext, describe, test } from "node:test";
import { deviceLines, deviceProgram, deviceRules } from "../../src/cgroup/devices.js";
import { type CgroupPlace, cgroupPlaces } from "../../src/cgroup/place.js";
import type { DeviceRule, Resources } from "../../src/cgroup/resources.js";
import { limitWrites, v1Devices } from "../../src/cgroup/writes.js";
import { readFacts } from "../../src/host/facts.js";
import { loadNative } from "../../src/host/node/native.js";
import type { LaunchRecord } from "../../src/host/port.js";
import { needs } from "../support/requirements.js";

const launch = { nofile: { soft: 1024n, hard: 1024n }, inheritedFds: [], ignored: [], blocked: [], umask: 0o22, argv0: "test" };
const skip = needs("root", "cgroup1", "tsrunc");
const { native } = needs("tsrunc") === false ? loadNative(launch satisfies LaunchRecord) : { native: undefined };

let count = 0;

/** A fresh cgroup in every hierarchy, gone after the test. */
function places(t: TestContext): CgroupPlace[] {
  const made = cgroupPlaces(`/tsrunc-test-${process.pid}-${++count}`, "unused", readFacts(native!));
  for (const { dir } of made) {
    mkdirSync(dir);
    t.after(() => rmdirSync(dir));
    for (const file of ["cpuset.cpus", "cpuset.mems"]) {
      if (existsSync(join(dirname(dir), file))) writeFileSync(join(dir, file), readFileSync(join(dirname(dir), file)));
    }
  }
  return made;
}

function apply(resources: Resources, to: readonly CgroupPlace[]): void {
  const dir = v1Devices(to)?.dir;
  const rules = dir === undefined ? [] : deviceLines(deviceRules(resources.devices));
  for (const { file, value } of rules) writeFileSync(`${dir}/${file}`, value, { flag: "r+" });
  for (const { file, value, tolerate, orElse } of limitWrites(resources, to, readFacts(native!))) {
    try {
      writeFileSync(file, value, { flag: "r+" });
    } catch (error) {
      if (tolerate?.includes(-((error as { errno?: number }).errno ?? 0))) continue;
      if (orElse === undefined) throw error;
      writeFileSync(orElse.file, orElse.value, { flag: "r+" });
    }
  }
}

function read(from: readonly CgroupPlace[], file: string): string {
  const place = from.find(({ dir }) => existsSync(join(dir, file)));
  return readFileSync(join(place?.dir ?? assert.fail(`no ${file}`), file), "utf8").trim();
}

/** `8:0` of some disk; undefined where there is none. */
function someDisk(): { major: number; minor: number } | undefined {
  for (const name of readdirSync("/sys/block")) {
    const [major, minor] = readFileSync(`/sys/block/${name}/dev`, "utf8").trim().split(":").map(Number);
    if (major !== undefined && minor !== undefined) return { major, minor };
  }
  return undefined;
}

describe("cgroup v1", { skip }, () => {
  test("memory", (t) => {
    const own = places(t);
    apply(
      { memory: { limit: 67108864, swap: 100663296, reservation: 33554432, kernelTCP: 8388608, swappiness: 7, disableOOMKiller: true } },
      own,
    );
    assert.equal(read(own, "memory.limit_in_bytes"), "67108864");
    assert.equal(read(own, "memory.memsw.limit_in_bytes"), "100663296");
    assert.equal(read(own, "memory.soft_limit_in_bytes"), "33554432");
    assert.equal(read(own, "memory.kmem.tcp.limit_in_bytes"), "8388608");
    assert.equal(read(own, "memory.swappiness"), "7");
    assert.match(read(own, "memory.oom_control"), /^oom_kill_disable 1$/m);
  });

  test("memory without a limit", (t) => {
    const own = places(t);
    apply({ memory: { limit: -1, swap: -1, useHierarchy: true } }, own);
    assert.equal(read(own, "memory.limit_in_bytes"), "9223372036854771712");
    assert.equal(read(own, "memory.memsw.limit_in_bytes"), "9223372036854771712");
  });

  test("cpu and cpuset", (t) => {
    const own = places(t);
    apply({ cpu: { shares: 2, quota: 20000, period: 50000, burst: 10000, cpus: "0", mems: "0" }, pids: { limit: 17 } }, own);
    assert.equal(read(own, "cpu.shares"), "2");
    assert.equal(read(own, "cpu.cfs_quota_us"), "20000");
    assert.equal(read(own, "cpu.cfs_period_us"), "50000");
    assert.equal(read(own, "cpu.cfs_burst_us"), "10000");
    assert.equal(read(own, "cpuset.cpus"), "0");
    assert.equal(read(own, "cpuset.mems"), "0");
    assert.equal(read(own, "pids.max"), "17");
  });

  test("cpu shares and idle together", (t) => {
    const own = places(t);
    apply({ cpu: { shares: 512, idle: 1 } }, own);
    assert.equal(read(own, "cpu.idle"), "1");
  });

  test("pids: no limit, and the least", (t) => {
    const own = places(t);
    apply({ pids: { limit: -1 } }, own);
    assert.equal(read(own, "pids.max"), "max");
    apply({ pids: { limit: 0 } }, own);
    assert.equal(read(own, "pids.max"), "1");
  });

  test("rates of a disk", { skip: skip === false && someDisk() === undefined ? "needs a disk" : false }, (t) => {
    const own = places(t);
    const disk = someDisk()!;
    const at = (rate: number | bigint) => [{ ...disk, rate }];
    apply(
      {
        blockIO: {
          throttleReadBpsDevice: at(9007199254740993n),
          throttleWriteBpsDevice: at(1048576),
          throttleReadIOPSDevice: at(100),
          throttleWriteIOPSDevice: at(200),
        },
      },
      own,
    );
    const number = `${disk.major}:${disk.minor}`;
    assert.equal(read(own, "blkio.throttle.read_bps_device"), `${number} 9007199254740993`);
    assert.equal(read(own, "blkio.throttle.write_bps_device"), `${number} 1048576`);
    assert.equal(read(own, "blkio.throttle.read_iops_device"), `${number} 100`);
    assert.equal(read(own, "blkio.throttle.write_iops_device"), `${number} 200`);
  });

  // As runc 1.1.5 leaves it.
  const defaults = ["b *:* m", "c *:* m", "c 1:3 rwm", "c 1:5 rwm", "c 1:7 rwm", "c 1:8 rwm", "c 1:9 rwm", "c 5:0 rwm", "c 5:2 rwm"];
  const defaultList = [...defaults, "c 10:200 rwm", "c 136:* rwm"];
  for (const [name, rules, list] of [
    ["nothing said", undefined, defaultList],
    ["deny all", [{ allow: false, access: "rwm" }], defaultList],
    ["everything", [{ allow: true, access: "rwm" }], ["a *:* rwm"]],
    [
      "a disk, a removed permission",
      [
        { allow: false, type: "a", major: -1, minor: -1, access: "rwm" },
        { allow: true, type: "b", major: 8, minor: 0, access: "r" },
        { allow: true, type: "c", minor: 4, access: "rw" },
        { allow: false, type: "c", minor: 4, access: "r" },
      ],
      [...defaultList, "b 8:0 r", "c *:4 w"],
    ],
  ] as [string, DeviceRule[] | undefined, string[]][]) {
    test(`devices.list: ${name}`, (t) => {
      const own = places(t);
      apply({ devices: rules }, own);
      assert.deepEqual(read(own, "devices.list").split("\n").sort(), [...list].sort());
    });
  }
});

function onlyUnified(): boolean {
  return (
    existsSync("/sys/fs/cgroup/cgroup.controllers") && readFileSync("/sys/fs/cgroup/cgroup.subtree_control", "utf8").includes("memory")
  );
}

describe("cgroup v2", { skip: needs("root", "tsrunc") || (onlyUnified() ? false : "needs cgroup v2 with its controllers enabled") }, () => {
  test("memory", (t) => {
    const own = places(t);
    apply({ memory: { limit: 67108864, swap: 100663296, reservation: 33554432 } }, own);
    assert.equal(read(own, "memory.max"), "67108864");
    assert.equal(read(own, "memory.low"), "33554432");
    assert.equal(read(own, "memory.swap.max"), "33554432");
    apply({ memory: { limit: -1 } }, own);
    assert.equal(read(own, "memory.max"), "max");
    assert.equal(read(own, "memory.swap.max"), "max");
  });

  test("cpu, cpuset, pids", (t) => {
    const own = places(t);
    apply({ cpu: { shares: 512, quota: 20000, period: 50000, burst: 10000, cpus: "0", mems: "0" }, pids: { limit: 17 } }, own);
    assert.equal(read(own, "cpu.weight"), "59");
    assert.equal(read(own, "cpu.max"), "20000 50000");
    assert.equal(read(own, "cpu.max.burst"), "10000");
    assert.equal(read(own, "cpuset.cpus"), "0");
    assert.equal(read(own, "cpuset.mems"), "0");
    assert.equal(read(own, "pids.max"), "17");
  });

  test("cpu without a limit, idle, and the smallest weight", (t) => {
    const own = places(t);
    apply({ cpu: { shares: 2, quota: -1, idle: 1 }, pids: { limit: -1 } }, own);
    assert.equal(read(own, "cpu.max"), "max 100000");
    assert.equal(read(own, "cpu.idle"), "1");
    assert.equal(read(own, "pids.max"), "max");
  });

  test("a weight, by whichever file the kernel has", (t) => {
    const own = places(t);
    apply({ blockIO: { weight: 500 } }, own);
    const bfq = own.some(({ dir }) => existsSync(join(dir, "io.bfq.weight")));
    assert.equal(read(own, bfq ? "io.bfq.weight" : "io.weight"), bfq ? "default 500" : "default 4950");
  });

  test("rates of a disk, then none", { skip: someDisk() === undefined ? "needs a disk" : false }, (t) => {
    const own = places(t);
    const disk = someDisk()!;
    const at = (rate: number | bigint) => [{ ...disk, rate }];
    const all = (rate: number | bigint) => ({
      throttleReadBpsDevice: at(rate),
      throttleWriteBpsDevice: at(1048576),
      throttleReadIOPSDevice: at(100),
      throttleWriteIOPSDevice: at(0),
    });
    apply({ blockIO: all(9007199254740993n) }, own);
    assert.equal(read(own, "io.max"), `${disk.major}:${disk.minor} rbps=9007199254740993 wbps=1048576 riops=100 wiops=max`);
    apply({ blockIO: all(0) }, own);
    assert.match(read(own, "io.max"), /rbps=max wbps=1048576/);
  });

  test("huge pages", { skip: existsSync("/sys/kernel/mm/hugepages/hugepages-2048kB") ? false : "needs huge pages" }, (t) => {
    const own = places(t);
    apply({ hugepageLimits: [{ pageSize: "2MB", limit: 4194304 }] }, own);
    assert.equal(read(own, "hugetlb.2MB.max"), "4194304");
    assert.equal(read(own, "hugetlb.2MB.rsvd.max"), "4194304");
  });

  test("unified, after all else", (t) => {
    const own = places(t);
    apply({ memory: { limit: 67108864 }, unified: { "memory.max": "33554432", "memory.high": "16777216", "cgroup.max.depth": "3" } }, own);
    assert.equal(read(own, "memory.max"), "33554432");
    assert.equal(read(own, "memory.high"), "16777216");
    assert.equal(read(own, "cgroup.max.depth"), "3");
  });
});

const CGROUP2_MAGIC = 0x63677270;
const unified = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) => existsSync(path) && statfsSync(path).type === CGROUP2_MAGIC);

describe("the device program of cgroup v2", { skip: needs("root", "tsrunc") || (unified ? false : "needs a cgroup v2 hierarchy") }, () => {
  const { native: core } = loadNative(launch);

  /** What a shell in a cgroup with these rules can do: a line for each of `commands`, ok or the error. */
  function inCgroup(t: TestContext, rules: readonly DeviceRule[] | undefined, commands: readonly string[]): string[] {
    const dir = `${unified}/tsrunc-test-${process.pid}-${++count}`;
    mkdirSync(dir);
    t.after(() => rmdirSync(dir));
    core.cgroupDeviceAttach(dir, deviceProgram(deviceRules(rules)));
    const script = [`echo 0 > ${dir}/cgroup.procs`, ...commands.map((command) => `(${command}) >&2 2>&1 && echo ok || echo failed`)].join(
      "; ",
    );
    const { stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return stdout.trim().split("\n");
  }

  const commands = [
    ": < /dev/null",
    ": > /dev/zero",
    ": < /dev/kmsg",
    "mknod /tmp/tsrunc-test-$$ c 1 11 && rm /tmp/tsrunc-test-$$",
    "mknod /tmp/tsrunc-test-$$ b 7 250 && { : < /tmp/tsrunc-test-$$; code=$?; rm /tmp/tsrunc-test-$$; exit $code; }",
  ];

  test("the defaults: the usual devices open, others do not, any can be made", (t) => {
    assert.deepEqual(inCgroup(t, undefined, commands), ["ok", "ok", "failed", "ok", "failed"]);
  });

  test("an allowed device opens as allowed", (t) => {
    const rules = [{ allow: true, type: "c", major: 1, minor: 11, access: "r" }];
    assert.deepEqual(inCgroup(t, rules, [": < /dev/kmsg", ": > /dev/kmsg"]), ["ok", "failed"]);
  });

  test("everything but one", (t) => {
    const rules = [
      { allow: true, access: "rwm" },
      { allow: false, type: "c", major: 1, minor: 11, access: "w" },
    ];
    assert.deepEqual(inCgroup(t, rules, [": < /dev/kmsg", ": > /dev/kmsg", ": < /dev/null"]), ["ok", "failed", "ok"]);
  });

  test("a long list is no problem for the verifier", (t) => {
    const rules = Array.from({ length: 400 }, (_, minor) => ({ allow: true, type: "c", major: 200, minor, access: "rw" }));
    assert.deepEqual(inCgroup(t, rules, [": < /dev/null", ": < /dev/kmsg"]), ["ok", "failed"]);
  });
});
