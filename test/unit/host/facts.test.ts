import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { host } from "tsrunc:host";
import { hugepageSize, parseCgroupMounts, parseOwnCgroups, readFacts } from "../../../src/host/facts.js";

test("cgroup mounts among others, with escapes", () => {
  const text = [
    "22 1 0:20 / /proc rw - proc proc rw",
    "30 24 0:26 /docker/x /sys/fs/cgroup/memory ro,nosuid shared:5 master:2 - cgroup cgroup rw,memory",
    "31 24 0:27 / /mnt/with\\040space rw - cgroup2 cgroup2 rw,nsdelegate",
    "",
  ].join("\n");
  assert.deepEqual(parseCgroupMounts(text), [
    { root: "/docker/x", mountpoint: "/sys/fs/cgroup/memory", fstype: "cgroup", superOptions: ["rw", "memory"] },
    { root: "/", mountpoint: "/mnt/with space", fstype: "cgroup2", superOptions: ["rw", "nsdelegate"] },
  ]);
});

test("own cgroups: a path may hold colons", () => {
  const own = parseOwnCgroups("4:cpu,cpuacct:/a:b\n1:name=systemd:/\n0::/x\n");
  assert.deepEqual(
    [...own],
    [
      ["cpu,cpuacct", "/a:b"],
      ["name=systemd", "/"],
      ["", "/x"],
    ],
  );
});

test("huge page sizes as cgroup files name them", () => {
  assert.equal(hugepageSize("hugepages-2048kB"), "2MB");
  assert.equal(hugepageSize("hugepages-1048576kB"), "1GB");
  assert.equal(hugepageSize("hugepages-64kB"), "64KB");
  assert.equal(hugepageSize("other"), undefined);
});

test("this host: every controller of /proc/self/cgroup that is mounted, once", () => {
  const facts = readFacts(host.native);
  const own = parseOwnCgroups(readFileSync("/proc/self/cgroup", "utf8"));
  const keys = facts.cgroup.hierarchies.map(({ version, controllers }) => (version === 2 ? "" : controllers.join(",")));
  assert.equal(new Set(keys).size, keys.length);
  for (const key of keys) assert.ok(own.has(key), key);
  for (const { mountpoint } of facts.cgroup.hierarchies) assert.ok(readFileSync(`${mountpoint}/cgroup.procs`, "utf8").length >= 0);
  assert.equal(facts.lastCap, Number(readFileSync("/proc/sys/kernel/cap_last_cap", "utf8")));
  assert.equal(facts.euid, process.geteuid?.());
});
