import assert from "node:assert/strict";
import { test } from "node:test";
import { cgroupPlaces } from "../../../src/cgroup/place.js";
import { hybridFacts, noCgroupFacts, v2Facts } from "./facts.js";

const dirs = (path: string | undefined, facts = hybridFacts): string[] => cgroupPlaces(path, "box", facts).map((place) => place.dir);

test("an absolute path is below the root of every hierarchy, name=systemd and the unified one too", () => {
  assert.deepEqual(dirs("/parent/name"), [
    "/sys/fs/cgroup/cpu,cpuacct/parent/name",
    "/sys/fs/cgroup/cpuset/parent/name",
    "/sys/fs/cgroup/memory/parent/name",
    "/sys/fs/cgroup/devices/parent/name",
    "/sys/fs/cgroup/blkio/parent/name",
    "/sys/fs/cgroup/pids/parent/name",
    "/sys/fs/cgroup/hugetlb/parent/name",
    "/sys/fs/cgroup/net_cls,net_prio/parent/name",
    "/sys/fs/cgroup/systemd/parent/name",
    "/sys/fs/cgroup/unified/parent/name",
  ]);
});

test("v1: a relative path, or the id, is below the runtime's own cgroup of each hierarchy", () => {
  const of = (path: string | undefined) => dirs(path).filter((dir) => /memory|pids/.test(dir));
  assert.deepEqual(of("a/b"), ["/sys/fs/cgroup/memory/engine/own/a/b", "/sys/fs/cgroup/pids/a/b"]);
  assert.deepEqual(of(undefined), ["/sys/fs/cgroup/memory/engine/own/box", "/sys/fs/cgroup/pids/box"]);
  assert.deepEqual(of(""), of(undefined));
});

test("v2: a relative path is beside the runtime's own cgroup", () => {
  assert.deepEqual(dirs("a", v2Facts), ["/sys/fs/cgroup/user.slice/a"]);
  assert.deepEqual(dirs(undefined, v2Facts), ["/sys/fs/cgroup/user.slice/box"]);
  assert.deepEqual(dirs("/a", v2Facts), ["/sys/fs/cgroup/a"]);
});

test("co-mounted controllers share one place, which keeps all their names", () => {
  assert.deepEqual(cgroupPlaces("/x", "box", hybridFacts)[0], {
    version: 1,
    mountpoint: "/sys/fs/cgroup/cpu,cpuacct",
    dir: "/sys/fs/cgroup/cpu,cpuacct/x",
    controllers: ["cpu", "cpuacct"],
  });
});

test("v2 enables all controllers on the way, the v2 hierarchy of a hybrid host none", () => {
  assert.deepEqual(cgroupPlaces("/x", "box", v2Facts)[0]?.controllers, ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"]);
  assert.deepEqual(cgroupPlaces("/x", "box", hybridFacts).at(-1)?.controllers, []);
});

test(".. never leads out, wherever it is", () => {
  const memory = (path: string) => dirs(path)[2];
  assert.equal(memory("/../../etc"), "/sys/fs/cgroup/memory/etc");
  assert.equal(memory("../../../a"), "/sys/fs/cgroup/memory/engine/own/a");
  assert.equal(memory("/a/../../b/./c//d/"), "/sys/fs/cgroup/memory/b/c/d");
});

for (const path of ["/", "//", "/.", ".", "..", "/a/..", "a/../.."]) {
  test(`${path} is refused: no cgroup of the container's own`, () => {
    assert.throws(() => cgroupPlaces(path, "box", hybridFacts), /^TsruncError: \/linux\/cgroupsPath: cgroupsPath ".*" names no cgroup/);
  });
}

test("slice:prefix:name is a name like any other without the systemd driver, as containerd calls it sometimes", () => {
  assert.equal(dirs("system.slice:docker:1234")[2], "/sys/fs/cgroup/memory/engine/own/system.slice:docker:1234");
});

test("a colon alone is a name like any other", () => {
  assert.equal(dirs("/a:b:c")[2], "/sys/fs/cgroup/memory/a:b:c");
  assert.equal(dirs("a:b")[2], "/sys/fs/cgroup/memory/engine/own/a:b");
});

test("without cgroups there is no place", () => {
  assert.deepEqual(dirs("/a", noCgroupFacts), []);
});
