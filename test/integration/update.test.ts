// update: what it writes to the cgroups of real containers, what it leaves, what it takes back; the same as runc does.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, describe, test } from "node:test";
import { cgroupWith } from "../support/cgroups.js";
import { sleep } from "../support/command.js";
import { cgroupMounts } from "../support/leaks.js";
import { failingUpdates, limitsAfter, limitsBefore } from "../support/limits.js";
import { tsruncPath } from "../support/paths.js";
import { findProgram, needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers("cgroup1");

async function started(t: TestContext, resources: object = {}, path: string = tsruncPath, args: readonly string[] = ["sleep", "1000"]) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime(path);
  const id = scratch.id();
  const bundle = scratch.makeBundle({ process: { args }, linux: { resources, cgroupsPath: `/${id}` } });
  await runtime.create(id, bundle.dir);
  await runtime.ok(["start", id]);
  const read = (file: string) => readFileSync(join(cgroupWith(id, file), file), "utf8").trim();
  const reads = (...files: string[]) => files.map(read);
  const update = (...args: string[]) => runtime.ok(["update", ...args, id]);
  const document = (value: unknown) => runtime.ok(["update", "--resources", "-", id], { input: JSON.stringify(value) });
  const refused = async (args: string[], input = "") => {
    const { code, stdout, stderr } = await runtime.run(["update", ...args, id], { input });
    assert.deepEqual([code, stdout], [1, ""]);
    return stderr;
  };
  const saved = () => JSON.parse(readFileSync(join(runtime.root, id, "state.json"), "utf8")).config.linux.resources;
  return { scratch, runtime, id, bundle, read, reads, update, document, refused, saved };
}

/** Every file of the container's cgroups that can be written and is no counter. */
function limits(id: string): Record<string, string> {
  const counters = /usage|\.stat|procs$|tasks$|failcnt|event|pressure|\.peak$|force_empty|reset|io_serv/;
  const found: Record<string, string> = {};
  for (const mount of cgroupMounts()) {
    for (const file of readdirSync(join(mount, id)).filter((name) => !counters.test(name))) {
      const path = join(mount, id, file);
      if (!statSync(path).isFile() || (statSync(path).mode & 0o200) === 0) continue;
      try {
        found[`${mount}/${file}`] = readFileSync(path, "utf8");
      } catch {
        // Some are for writing only.
      }
    }
  }
  return found;
}

const memoryFiles = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.soft_limit_in_bytes"];
const bandwidth = ["cpu.cfs_quota_us", "cpu.cfs_period_us"];

describe("flags", { skip }, () => {
  test("memory up and down, in runc's units, swap with it; -1 is no limit of either", async (t) => {
    const { update, reads } = await started(t);
    await update("--memory", "512M", "--memory-swap", "1g", "--memory-reservation", "64M");
    assert.deepEqual(reads(...memoryFiles), ["536870912", "1073741824", "67108864"]);
    await update("--memory", "64M", "--memory-swap", "64M");
    assert.deepEqual(reads(...memoryFiles), ["67108864", "67108864", "67108864"]);
    await update("--memory", "1.5G", "--memory-swap", "1.5G");
    assert.deepEqual(reads(...memoryFiles), ["1610612736", "1610612736", "67108864"]);
    await update("--memory", "-1");
    assert.deepEqual(reads(...memoryFiles), ["9223372036854771712", "9223372036854771712", "67108864"]);
    await update("--memory", "64M", "--kernel-memory", "1M", "--kernel-memory-tcp", "1M");
    assert.deepEqual(reads(...memoryFiles), ["67108864", "9223372036854771712", "67108864"]);
  });

  test("cpu: quota and period alone and together, shares, burst, idle", async (t) => {
    const { update, reads, read } = await started(t);
    await update("--cpu-quota", "20000", "--cpu-period", "50000", "--cpu-share", "512");
    assert.deepEqual(reads(...bandwidth, "cpu.shares"), ["20000", "50000", "512"]);
    await update("--cpu-period", "25000");
    assert.deepEqual(reads(...bandwidth), ["20000", "25000"]);
    await update("--cpu-quota", "10000", "--cpu-burst", "5000");
    assert.deepEqual(reads(...bandwidth, "cpu.cfs_burst_us"), ["10000", "25000", "5000"]);
    await update("--cpu-quota", "3000", "--cpu-burst", "2000");
    assert.deepEqual(reads("cpu.cfs_quota_us", "cpu.cfs_burst_us"), ["3000", "2000"], "the old burst is above the new quota");
    await update("--cpu-burst", "0", "--cpu-quota", "-1");
    assert.deepEqual(reads("cpu.cfs_quota_us", "cpu.cfs_burst_us"), ["-1", "0"]);
    await update("--cpu-idle", "1");
    assert.equal(read("cpu.idle"), "1");
    await update("--cpu-idle", "0", "--cpu-share", "700");
    assert.deepEqual(reads("cpu.idle", "cpu.shares"), ["0", "700"]);
  });

  test("cpuset, pids, block I/O", async (t) => {
    const { update, reads } = await started(t);
    await update("--cpuset-cpus", "0", "--cpuset-mems", "0", "--pids-limit", "33");
    assert.deepEqual(reads("cpuset.cpus", "cpuset.mems", "pids.max"), ["0", "0", "33"]);
    await update("--pids-limit", "-1");
    assert.deepEqual(reads("pids.max"), ["max"]);
  });
});

describe("documents", { skip }, () => {
  test("Docker's: 0 leaves", async (t) => {
    const { document, reads } = await started(t, { cpu: { shares: 512, quota: 20000, period: 50000 }, pids: { limit: 9 } });
    const zeros = { cpu: { shares: 0, quota: 0, period: 0 }, blockIO: { weight: 0 } };
    await document({ memory: { limit: 134217728, reservation: 0, swap: 134217728, kernel: 0 }, ...zeros });
    assert.deepEqual(reads(...memoryFiles.slice(0, 2)), ["134217728", "134217728"]);
    await document({ memory: { limit: 0, reservation: 0, kernel: 0 }, pids: { limit: 17 }, ...zeros });
    assert.deepEqual(reads(...memoryFiles.slice(0, 2), "pids.max"), ["134217728", "134217728", "17"]);
    assert.deepEqual(reads(...bandwidth, "cpu.shares"), ["20000", "50000", "512"]);
  });

  test("containerd's and podman's, from a file too; flags beside it are ignored", async (t) => {
    const { scratch, update, reads, runtime, id } = await started(t);
    writeFileSync(scratch.path("limits.json"), '{"cpu":{"shares":256,"quota":25000,"period":100000,"cpus":"0"}}\n');
    await update(`--resources=${scratch.path("limits.json")}`, "--cpu-share", "99");
    assert.deepEqual(reads(...bandwidth, "cpu.shares", "cpuset.cpus"), ["25000", "100000", "256", "0"]);
    writeFileSync(scratch.path("limits.json"), '{"pids":{"limit":5}}');
    await runtime.ok(["update", "-r", "limits.json", id], { cwd: scratch.dir });
    assert.deepEqual(reads("pids.max"), ["5"]);
  });

  describe("device rules", () => {
    const deny = { allow: false, access: "rwm" };
    // A number without a driver (local use): an open that is allowed ends with ENXIO, one that is not with EPERM.
    const own = { allow: true, type: "c", major: 240, minor: 7, access: "rw" };
    const node = { type: "c", path: "/dev/own", major: 240, minor: 7, fileMode: 0o666 };

    async function withNode(t: TestContext, cgroupsPath?: string) {
      const scratch = new Scratch(t);
      const runtime = scratch.runtime();
      const id = scratch.id();
      const path = cgroupsPath ?? `/${id}`;
      const linux = { resources: { devices: [deny] }, devices: [node], cgroupsPath: path.replace("ID", id) };
      const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] }, linux });
      await runtime.create(id, bundle.dir);
      await runtime.ok(["start", id]);
      const opens = async (how: string) =>
        !(await runtime.run(["exec", id, "sh", "-c", `: ${how} /dev/own`])).stderr.includes("not permitted");
      const document = (value: unknown) => runtime.run(["update", "--resources", "-", id], { input: JSON.stringify(value) });
      const list = () => readFileSync(join(cgroupWith(linux.cgroupsPath.slice(1), "devices.list"), "devices.list"), "utf8");
      const saved = () => JSON.parse(readFileSync(join(runtime.root, id, "state.json"), "utf8")).config.linux.resources.devices;
      return { id, opens, document, list, saved };
    }

    test("what they allow and deny is so for processes that run", async (t) => {
      const { opens, document, list, saved } = await withNode(t);
      const before = list();
      assert.equal(await opens("<"), false);
      assert.equal((await document({ devices: [deny, own] })).stderr, "");
      assert.deepEqual([await opens("<"), await opens(">")], [true, true]);
      assert.deepEqual(saved(), [deny, own]);
      assert.equal((await document({ devices: [deny, { ...own, access: "r" }] })).stderr, "");
      assert.deepEqual([await opens("<"), await opens(">")], [true, false]);
      assert.equal((await document({ devices: [{ ...deny, allow: true }] })).stderr, "");
      assert.equal(list(), "a *:* rwm\n");
      assert.equal((await document({ devices: [deny] })).stderr, "");
      assert.equal(await opens("<"), false);
      assert.deepEqual(list().split("\n").sort(), before.split("\n").sort());
    });

    test("the rules that there are, and none, leave alone what a plugin has changed", async (t) => {
      const { id, opens, document } = await withNode(t);
      writeFileSync(join(cgroupWith(id, "devices.allow"), "devices.allow"), "c 240:7 rw");
      for (const devices of [[deny], [], undefined]) assert.equal((await document({ devices, pids: { limit: 50 } })).stderr, "");
      assert.equal(await opens("<"), true);
    });

    test("one that fails takes all back; one that makes no sense changes nothing", async (t) => {
      const { id, opens, document, list, saved } = await withNode(t, "/ID/inner");
      // The parent has it not to give.
      writeFileSync(join(cgroupWith(id, "devices.deny"), "devices.deny"), "c 10:229 rwm");
      const before = list();
      const fuse = { ...own, major: 10, minor: 229 };
      const failed = await document({ pids: { limit: 77 }, devices: [deny, own, fuse] });
      assert.equal(failed.code, 1);
      assert.match(failed.stderr, /update\/devices\/\d+ \(stdin:1:\d+ \/devices\): .*devices\.allow.*EPERM/);
      assert.equal(await opens("<"), false);
      assert.equal(list(), before);
      assert.deepEqual(saved(), [deny]);
      assert.equal(readFileSync(join(cgroupWith(`${id}/inner`, "pids.max"), "pids.max"), "utf8"), "max\n");
      const bad = await document({ devices: [{ ...own, access: "x" }] });
      assert.match(bad.stderr, /stdin:1:\d+ \/devices\/0\/access: invalid device access/);
      assert.equal(list(), before);
    });
  });

  test("state.json has what is in force, devices of block I/O by their numbers", async (t) => {
    const { document, saved } = await started(t, { memory: { limit: 134217728 }, cpu: { shares: 512 } });
    const [disk] = readFileSync("/proc/partitions", "utf8").trim().split("\n").slice(2);
    const [major, minor] = (disk ?? "").trim().split(/\s+/).map(Number);
    const rate = (value: number) => ({ blockIO: { throttleReadBpsDevice: [{ major, minor, rate: value }] } });
    await document({ memory: { limit: 67108864 }, pids: { limit: 5 }, ...rate(1048576) });
    await document(rate(2097152));
    const { devices: _devices, ...resources } = saved();
    assert.deepEqual(resources, { memory: { limit: 67108864 }, cpu: { shares: 512 }, pids: { limit: 5 }, ...rate(2097152) });
  });
});

test("a paused container is updated, a stopped one is not", { skip }, async (t) => {
  const { runtime, id, update, read, refused } = await started(t);
  await runtime.ok(["pause", id]);
  await update("--pids-limit", "12");
  assert.equal(read("pids.max"), "12");
  assert.equal((await runtime.state(id)).status, "paused");
  await runtime.ok(["kill", id, "KILL"]);
  await runtime.waitFor(id, "stopped");
  assert.match(await refused(["--pids-limit", "13"]), /container not running/);
});

test("what is refused says where and why", { skip }, async (t) => {
  const { refused, read } = await started(t, { memory: { limit: 134217728, swap: 134217728 } });
  const stdin = (text: string) => refused(["--resources", "-"], text);
  assert.match(await stdin('{"pids": {"limit": "x"}}'), /stdin:1:20 \/pids\/limit: must be an integer/);
  assert.match(await stdin('{"pids":'), /stdin:1:9: /);
  assert.match(await stdin(""), /stdin:1:1: /);
  assert.match(await stdin('{"memory":{"limit":268435456}}'), /stdin:1:11 \/memory\/swap: memory\+swap limit should be >= memory limit/);
  assert.match(
    await stdin('{"unified":{"memory.high":"1"}}'),
    /stdin:1:12 \/unified: invalid configuration: cannot use unified on cgroup v1/,
  );
  assert.match(await stdin('{"rdma":{"mlx":{"hcaHandles":3}}}'), /stdin:1:\d+ \/rdma\/mlx: cannot set rdma limit/);
  assert.match(await refused(["--memory", "abc"]), /invalid value for memory: \\"abc\\"/);
  assert.match(await refused(["--cpu-share", "1"]), /cli:--cpu-share: the minimum allowed cpu-shares is 2/);
  const rdt = existsSync("/sys/fs/resctrl/schemata") ? /the container has no resctrl group/ : /Intel RDT is not enabled/;
  for (const flag of [
    ["--l3-cache-schema", "L3:0=f"],
    ["--mem-bw-schema", "MB:0=5"],
  ])
    assert.match(await refused(flag), rdt);
  assert.match(await refused(["--resources", "/nosuch"]), /no such file or directory/);
  const low = await refused(["--memory", "4096", "--memory-swap", "4096"]);
  assert.match(
    low,
    /update\/memory\.limit_in_bytes \(cli:--memory\).* unable to set memory limit to 4096 \(current usage: \d+, peak usage: \d+\)/,
  );
  assert.equal(read("memory.limit_in_bytes"), "134217728");
});

test("one write that fails: every file is as it was", { skip }, async (t) => {
  const { id, refused, saved } = await started(t, limitsBefore);
  const before = limits(id);
  const resources = saved();
  assert.ok(Object.keys(before).length > 20);
  const good = { ...limitsAfter, memory: { ...limitsAfter.memory, swappiness: 5 } };
  for (const document of [...failingUpdates(good), { ...good, memory: { ...good.memory, limit: 4096, swap: 8192 } }]) {
    const stderr = await refused(["--resources", "-"], JSON.stringify(document));
    assert.match(stderr, /stdin:1:\d+ \/(cpu|memory|blockIO|hugepageLimits)\//);
    assert.doesNotMatch(stderr, /could not be set back/);
    assert.deepEqual(limits(id), before, JSON.stringify(document));
    assert.deepEqual(saved(), resources);
  }
});

test("an update that is killed at any time: all of it, or after the next update none", { skip }, async (t) => {
  const { runtime, id, document, reads } = await started(t);
  const set = (n: number) => ({ memory: { limit: n * 1048576 }, cpu: { shares: n, quota: n * 1000, period: 100000 }, pids: { limit: n } });
  const files = ["memory.limit_in_bytes", "cpu.shares", "cpu.cfs_quota_us", "pids.max"];
  const values = (n: number) => [String(n * 1048576), String(n), String(n * 1000), String(n)];
  await document(set(50));
  let now = 50;
  for (const [round, ms] of [30, 45, 50, 55, 60, 70].entries()) {
    const next = 51 + round;
    const child = runtime.start(["update", "--resources", "-", id], { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin?.on("error", () => undefined).end(JSON.stringify(set(next)));
    await sleep(ms);
    child.kill("SIGKILL");
    await document({ memory: { reservation: 1048576 } });
    if (reads("pids.max")[0] === String(next)) now = next;
    assert.deepEqual(reads(...files), values(now));
  }
});

test("what a killed update left is taken back by the next", { skip }, async (t) => {
  const { runtime, id, update, reads } = await started(t, { pids: { limit: 20 } });
  const file = join(cgroupWith(id, "pids.max"), "pids.max");
  const undo = [{ id: "undo/update/pids.max/0", op: { verb: "cgroup.write", file, value: "20" } }];
  writeFileSync(file, "99");
  writeFileSync(join(runtime.root, id, "update.json"), JSON.stringify({ version: 1, id, undo }));
  await update("--cpu-share", "77");
  assert.deepEqual(reads("pids.max", "cpu.shares"), ["20", "77"]);
  assert.ok(!readdirSync(join(runtime.root, id)).includes("update.json"));
});

test("the same files as after runc's update", { skip: skip || needs("runc") }, async (t) => {
  const ours = await started(t);
  const theirs = await started(t, {}, findProgram("runc"));
  const strip = (id: string) => Object.fromEntries(Object.entries(limits(id)).filter(([name]) => !name.includes("unified")));
  const same = (what: string) => assert.deepEqual(strip(ours.id), strip(theirs.id), what);
  same("before");
  for (const args of [
    ["--memory", "512M", "--memory-swap", "1g", "--pids-limit", "30"],
    ["--memory", "256M"],
    ["--cpu-share", "512", "--cpu-quota", "20000", "--cpu-period", "50000"],
    ["--cpu-period", "25000"],
    ["--cpu-quota", "10000"],
    ["--memory", "-1"],
    ["--memory", "100M", "--memory-swap", "100M"],
    ["--memory", "200M", "--memory-swap", "200M"],
    ["--memory-swap", "-1"],
    ["--memory-reservation", "50M"],
    ["--cpuset-cpus", "0", "--cpuset-mems", "0"],
    ["--cpu-quota", "-1"],
    ["--pids-limit", "-1"],
  ]) {
    await ours.update(...args);
    await theirs.update(...args);
    same(args.join(" "));
  }
  for (const document of [
    {
      memory: { limit: 134217728, reservation: 0, swap: 134217728, kernel: 0 },
      cpu: { shares: 0, quota: 0, period: 0 },
      blockIO: { weight: 0 },
    },
    { cpu: { shares: 256, quota: 25000, period: 100000, cpus: "0" } },
    { pids: { limit: 17 } },
    {},
  ]) {
    await ours.document(document);
    // A warning of runc's about kernel memory is none of ours.
    assert.equal((await theirs.runtime.run(["update", "-r", "-", theirs.id], { input: JSON.stringify(document) })).code, 0);
    same(JSON.stringify(document));
  }
});
