// Single decisions of the passes that no golden case shows.
import { test } from "node:test";
import assert from "node:assert/strict";
import { uniqueEnv } from "../../../src/plan/context.js";
import { hosts } from "../../golden/facts.js";
import { compiled, ids, opOf, stepsOf } from "./input.js";

test("of a variable given twice the last value counts, where the first stood", () => {
  assert.deepEqual(uniqueEnv(["A=1", "B=2", "A=3", "C=", "B"]), ["A=3", "B", "C="]);
});

test("LISTEN_FDS: counted with the preserved descriptors, and told to the program", () => {
  const plan = compiled({ options: { listenFds: 2, preserveFds: 3 }, process: { env: ["LISTEN_PID=7"] } });
  assert.equal(opOf(plan, "init.spawn").preserveFds, 5);
  assert.equal(opOf(plan, "process.exec").preserveFds, 5);
  assert.deepEqual(opOf(plan, "process.exec").env, ["LISTEN_PID=1", "LISTEN_FDS=2"]);
});

test("a terminal: the console socket when detached, ourselves in the foreground", () => {
  const process = { terminal: true };
  const socket = { consoleSocket: "/run/console.sock" };
  assert.equal(opOf(compiled({ process, options: socket }), "console.connect").path, "/run/console.sock");
  assert.equal(opOf(compiled({ process, options: { foreground: true } }), "console.connect").path, "");
  assert.equal(stepsOf(compiled({ options: socket }), "console.connect").length, 0);
});

test("a console size counts only if it has both sides", () => {
  const size = (consoleSize: { width: number; height: number }) =>
    opOf(compiled({ process: { terminal: true, consoleSize } }), "console.open").width;
  assert.equal(size({ width: 80, height: 25 }), 80);
  assert.equal(size({ width: 80, height: 0 }), undefined);
});

test("devices: the config's one takes the default's place, /dev/ptmx is never a node", () => {
  const devices = [
    { path: "/dev//null", type: "c", major: 1, minor: 3, fileMode: 0o20640 },
    { path: "/dev/ptmx", type: "c", major: 5, minor: 2 },
    { path: "/dev/x", type: "c", major: 1, minor: 5, fileMode: 2 ** 32 - 1 },
  ];
  const nodes = stepsOf(compiled({ linux: { devices } }), "device.node");
  assert.equal(nodes.length, 7);
  assert.deepEqual(
    nodes.slice(-2).map(({ op }) => op.mode),
    [0o640, 0o7777],
  );
  assert.equal(nodes.filter(({ op }) => /null|ptmx/.test(op.path)).length, 1);
});

test("a bind mount on /dev: no node, no link, no new /dev/null", () => {
  const mounts = [{ destination: "/dev/", source: "/dev", options: ["rbind"] }];
  const plan = compiled({ config: { mounts } });
  assert.deepEqual(
    ids(plan).filter((id) => id.startsWith("devices") || id === "stdio/null"),
    [],
  );
});

test("a tmpfs on /dev that is read-only is made so at the end; a bind mount at once", () => {
  const mounts = [
    { destination: "/dev", type: "devtmpfs", source: "dev", options: ["ro", "nosuid"] },
    { destination: "/data", source: "data", options: ["bind", "ro"] },
    { destination: "/sys", type: "sysfs", source: "sysfs", options: ["ro"] },
  ];
  const plan = compiled({ config: { mounts } });
  assert.deepEqual(
    stepsOf(plan, "mount.readonly").map(({ op }) => op.target),
    ["/dev"],
  );
  const [dev, sys] = stepsOf(plan, "mount.fs");
  assert.deepEqual([dev?.op.flags, sys?.op.flags, sys?.op.ordinaryDir], [2, 1, true]);
  const bind = opOf(plan, "mount.bind");
  assert.deepEqual([bind.source, bind.flags, bind.recursive], ["/bundle/data", 1, false]);
});

test("a remount of a tmpfs with ro makes the mount read-only, not the filesystem", () => {
  const tmpfs = { destination: "/t", type: "tmpfs", source: "tmpfs" };
  const remounted = { ...tmpfs, options: ["remount", "ro", "nosuid"] };
  const plan = compiled({ config: { mounts: [tmpfs, remounted] } });
  assert.equal(opOf(plan, "mount.remount").flags, 2);
  assert.equal(opOf(plan, "mount.readonly").target, "/t");
});

test("without a mount namespace: chroot, on a mount of the state directory if mounts are possible", () => {
  const plan = compiled({ linux: { namespaces: [{ type: "pid" }] } });
  const { path, at, propagation, slot } = opOf(plan, "rootfs.attach");
  assert.deepEqual({ path, at, propagation }, { path: "/bundle/rootfs", at: "/run/tsrunc/c1/rootfs", propagation: 0x84000 });
  assert.equal(opOf(plan, "rootfs.adopt").slot, slot);
  const user = compiled({ linux: { namespaces: [{ type: "user" }] }, facts: hosts.rootless });
  assert.equal(opOf(user, "rootfs.enter").bind, false);
  for (const { steps } of [plan, user]) {
    assert.equal(steps.filter(({ op }) => op.verb === "rootfs.chroot").length, 1);
    assert.equal(steps.filter(({ op }) => /^mount|pivot|move|propagation/.test(op.verb)).length, 0);
  }
});

test("without process there is nothing to look for and nothing to execute", () => {
  const plan = compiled({ config: { process: undefined } as never });
  assert.deepEqual([stepsOf(plan, "process.lookup"), stepsOf(plan, "process.exec")], [[], []]);
  assert.equal(stepsOf(plan, "gate.wait").length, 1);
});

test("propagation of the root: once more inside, unless it is private or slave", () => {
  const flags = (rootfsPropagation: "shared" | "rprivate" | "unbindable") =>
    stepsOf(compiled({ linux: { namespaces: [{ type: "mount" }], rootfsPropagation } }), "rootfs.propagation").map(({ op }) => op.flags);
  assert.deepEqual(flags("shared"), [0x100000, 0x100000]);
  assert.deepEqual(flags("rprivate"), [0x44000]);
  // Bound on itself in between, which what is unbindable cannot be.
  assert.deepEqual(flags("unbindable"), [0x40000, 0x20000]);
});

test("id maps: root writes any, others their own id without setgroups, all else by helper", () => {
  const map = (hostID: number, size: number) => [{ containerID: 0, hostID, size }];
  const how = (hostID: number, size: number, facts: (typeof hosts)["hybrid" | "rootless"]) => {
    const namespaces = [{ type: "user" as const }, { type: "mount" as const }];
    const process = { user: { uid: 0, gid: 0, additionalGids: [7] } };
    const plan = compiled({ process, linux: { namespaces, uidMappings: map(hostID, size), gidMappings: map(hostID, size) }, facts });
    const { direct, denySetgroups } = opOf(plan, "idmap.write");
    return { direct, denySetgroups, setGroups: opOf(plan, "identity.set").setGroups };
  };
  assert.deepEqual(how(5000, 10, hosts.hybrid), { direct: true, denySetgroups: false, setGroups: true });
  assert.deepEqual(how(1000, 1, hosts.rootless), { direct: true, denySetgroups: true, setGroups: false });
  assert.deepEqual(how(1000, 10, hosts.rootless), { direct: false, denySetgroups: false, setGroups: true });
});

test("64-bit limits stay exact", () => {
  const rlimits = [{ type: "RLIMIT_CORE", soft: 9223372036854775807n, hard: 18446744073709551615n }];
  const limit = opOf(compiled({ process: { rlimits } }), "rlimit.set");
  assert.deepEqual([limit.resource, limit.soft, limit.hard], [4, 9223372036854775807n, 18446744073709551615n]);
});

test("cgroup v1: each hierarchy's own directory is bound, links for co-mounted names", () => {
  const mounts = [{ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["ro", "rprivate"] }];
  const plan = compiled({ config: { mounts } });
  const binds = stepsOf(plan, "mount.bind");
  assert.equal(binds[0]?.op.source, "/sys/fs/cgroup/cpu,cpuacct/c1");
  assert.equal(binds[0]?.op.target, "/sys/fs/cgroup/cpu,cpuacct");
  assert.equal(
    binds.some(({ op }) => op.target.endsWith("unified")),
    false,
  );
  const links = stepsOf(plan, "path.symlink").filter(({ at }) => at === "/mounts/0");
  assert.deepEqual(
    links.map(({ op }) => [op.path, op.to]),
    [
      ["/sys/fs/cgroup/cpu", "cpu,cpuacct"],
      ["/sys/fs/cgroup/cpuacct", "cpu,cpuacct"],
    ],
  );
});

test("without root and without a wish, a cgroup that cannot be made is no failure", () => {
  const tolerated = (linux: object) => stepsOf(compiled({ linux, facts: hosts.rootless }), "cgroup.create")[0]?.tolerate !== undefined;
  assert.equal(tolerated({}), true);
  assert.equal(tolerated({ cgroupsPath: "/x" }), false);
  assert.equal(tolerated({ resources: { pids: { limit: 5 } } }), false);
});

test("what is not there is refused by name", () => {
  assert.throws(() => compiled({ config: { root: undefined } as never }), /root must be specified/);
});
