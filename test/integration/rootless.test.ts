// Containers of a user who is not root. Runs in the virtual machine, where there is such a user: npm run test:vm -- integration/rootless
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { describe, test } from "node:test";
import { runCommand } from "../support/command.js";
import { findLeaks } from "../support/leaks.js";
import { needsUser, stateRoot, uid, User } from "../support/rootless.js";
import { tsruncPath } from "../support/paths.js";

const skip = needsUser();
const subordinate = [
  { containerID: 0, hostID: uid, size: 1 },
  { containerID: 1, hostID: 100000, size: 65535 },
];

/** Of the v2 hierarchy: absolute. */
function cgroupOf(pid: number): string {
  return `/sys/fs/cgroup${/^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))?.[1] ?? ""}`;
}

const contents = (path: string): string => readFileSync(path, "utf8").trim();

describe("a user's container", { skip }, () => {
  test("its whole life, with a cgroup of its own; nothing is left", async (t) => {
    const user = new User(t);
    const bundle = await user.bundle("echo ready; sleep 1000");
    const id = user.id();
    const pid = await user.start(id, bundle);
    assert.equal((await user.state(id)).status, "running");
    assert.deepEqual(readdirSync(`${stateRoot}/${id}`).includes("state.json"), true);
    assert.equal(statSync(stateRoot).mode & 0o7777, 0o1700);
    const cgroup = cgroupOf(pid);
    assert.ok(cgroup.endsWith(`/${id}`), cgroup);
    assert.equal((await user.ok("exec", id, "id", "-u")).trim(), "0");
    assert.match(await user.ok("exec", id, "cat", "/proc/self/cgroup"), /^0::\/$/m);
    await user.ok("update", "--memory", "67108864", "--pids-limit", "30", id);
    assert.equal(contents(`${cgroup}/memory.max`), "67108864");
    assert.equal(contents(`${cgroup}/pids.max`), "30");
    const stats = JSON.parse(await user.ok("events", "--stats", id)) as { data: { pids: { limit: number }; memory: { psi?: object } } };
    assert.equal(stats.data.pids.limit, 30);
    assert.ok(stats.data.memory.psi !== undefined);
    await user.ok("pause", id);
    assert.match(contents(`${cgroup}/cgroup.events`), /frozen 1/);
    assert.equal((await user.state(id)).status, "paused");
    await user.ok("resume", id);
    assert.match(await user.ok("ps", id), /sleep 1000/);
    assert.match(await user.ok("list"), new RegExp(`${id} .* tester`));
    await user.ok("kill", id, "KILL");
    await user.waitFor(id, "stopped");
    await user.ok("delete", id);
    assert.ok(!existsSync(cgroup));
    assert.ok(!existsSync(`${stateRoot}/${id}`));
    assert.deepEqual(findLeaks(user.scratch.marker, []), { processes: [], mounts: [], cgroups: [], sockets: [], states: [] });
  });

  test("create and start; limits of config.json; delete --force", async (t) => {
    const user = new User(t);
    // Not cpu: a user's systemd takes it away again from its slices when it starts or ends a unit, and hands on memory and pids always.
    const limits = { memory: { limit: 67108864 }, pids: { limit: 20 } };
    const bundle = await user.bundle("sleep 1000", (config) => (config.linux.resources = limits));
    const id = user.id();
    await user.start(id, bundle, ["create"]);
    const { pid, status } = await user.state(id);
    assert.equal(status, "created");
    const cgroup = cgroupOf(pid);
    const values = ["memory.max", "pids.max"].map((name) => contents(`${cgroup}/${name}`));
    assert.deepEqual(values, ["67108864", "20"]);
    await user.ok("start", id);
    assert.equal((await user.state(id)).status, "running");
    await user.ok("delete", "--force", id);
    assert.ok(!existsSync(cgroup));
  });

  test("checkpoint and restore are refused with the reason", async (t) => {
    const user = new User(t);
    const id = user.id();
    await user.start(id, await user.bundle("sleep 1000"));
    for (const args of [
      ["checkpoint", "--image-path", "/tmp/none", id],
      ["restore", "--image-path", "/tmp", "--bundle", "/tmp", user.id()],
    ]) {
      const { code, stderr } = await user.run(args);
      assert.equal(code, 1);
      assert.match(stderr, /a rootless container cannot be checkpointed or restored: CRIU needs root/);
    }
    assert.equal((await user.state(id)).status, "running");
    assert.ok(!existsSync("/tmp/none"));
  });
});

describe("ids", { skip }, () => {
  test("one's own id alone needs no helper, and denies setgroups", async (t) => {
    const user = new User(t);
    const { code, stdout } = await user.runs("cat /proc/self/uid_map /proc/self/setgroups");
    assert.equal(code, 0);
    assert.deepEqual(stdout.split(/\s+/).filter(Boolean), ["0", "1000", "1", "deny"]);
    const groups = await user.runs("id", (config) => (config.process.user = { uid: 0, gid: 0, additionalGids: [5] }));
    assert.match(groups.stderr, /\/process\/user\/additionalGids: cannot set any additional groups in a rootless container/);
  });

  test("subordinate ids: newuidmap and newgidmap; another user with groups", async (t) => {
    const user = new User(t);
    const { code, stdout, stderr } = await user.runs("id; cat /proc/self/uid_map /proc/self/setgroups", (config) => {
      Object.assign(config.linux, { uidMappings: subordinate, gidMappings: subordinate });
      config.process.user = { uid: 5, gid: 6, additionalGids: [7, 8] };
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^uid=5 gid=6 groups=6,7,8\n|^uid=5 gid=6 groups=7,8/);
    assert.match(stdout, /0 +1000 +1\n +1 +100000 +65535\nallow\n$/);
  });

  test("ids that /etc/subuid does not grant: the line to add", async (t) => {
    const user = new User(t);
    const map = (hostID: number) => [{ containerID: 0, hostID, size: 65536 }];
    const refused = (uids: number, gids: number) =>
      user.runs("true", (config) => Object.assign(config.linux, { uidMappings: map(uids), gidMappings: map(gids) }));
    const subuid = await refused(300000, 100000);
    assert.equal(subuid.code, 1);
    assert.match(
      subuid.stderr,
      /newuidmap failed.*\/etc\/subuid grants tester only 100000 to 165535, not 300000 to 365535: .*tester:300000:65536/,
    );
    const subgid = await refused(100000, 300000);
    assert.match(subgid.stderr, /newgidmap failed.*\/etc\/subgid grants tester only 100000 to 165535.*tester:300000:65536/);
    assert.deepEqual(findLeaks(user.scratch.marker, [stateRoot]).states, []);
  });

  test("a user without any: the line to add", async (t) => {
    const user = new User(t);
    const other = 2000;
    const map = [{ containerID: 0, hostID: 100000, size: 65536 }];
    const bundle = await user.bundle("true", (config) => Object.assign(config.linux, { uidMappings: map, gidMappings: map }));
    const { stderr } = await user.withoutDelegation(["run", "--bundle", bundle.dir, user.id()], other);
    assert.match(stderr, /\/etc\/sub[ug]id grants nobody-else no ids: have root add the line \\"nobody-else:100000:65536\\" to it/);
  });

  test("without newuidmap: what to install", async (t) => {
    const user = new User(t);
    const bundle = await user.bundle("true", (config) =>
      Object.assign(config.linux, { uidMappings: subordinate, gidMappings: subordinate }),
    );
    const hidden = "mount --bind /dev/null /usr/bin/newgidmap && exec setpriv --reuid=1000 --regid=1000 --clear-groups";
    const args = [
      "--mount",
      "sh",
      "-c",
      `${hidden} "$0" "$@"`,
      tsruncPath,
      "--root",
      user.otherRoot(),
      "run",
      "--bundle",
      bundle.dir,
      user.id(),
    ];
    const { code, stderr } = await runCommand("unshare", args);
    assert.equal(code, 1);
    assert.match(stderr, /newuidmap and newgidmap are missing: install them \(Debian package uidmap\)/);
  });

  test("a user namespace is joined", async (t) => {
    const user = new User(t);
    const first = user.id();
    const pid = await user.start(first, await user.bundle("sleep 1000"));
    const { code, stdout, stderr } = await user.runs("readlink /proc/self/ns/user; id -u", ({ linux }) => {
      linux.namespaces = (linux.namespaces ?? []).map((entry: { type: string }) =>
        entry.type === "user" ? { type: "user", path: `/proc/${pid}/ns/user` } : entry,
      );
      Object.assign(linux, { uidMappings: undefined, gidMappings: undefined });
    });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const { stdout: theirs } = await user.run(["exec", first, "readlink", "/proc/self/ns/user"]);
    assert.equal(stdout, `${theirs}0\n`);
  });
});

describe("what a user may not", { skip }, () => {
  test("no delegated cgroup: runs without one, says what is missing when a limit is asked for", async (t) => {
    const user = new User(t);
    const plain = await user.bundle("cat /proc/self/cgroup");
    const { code, stdout, stderr } = await user.withoutDelegation(["run", "--bundle", plain.dir, user.id()]);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    assert.match(stdout, /^0::\//);
    const limited = await user.bundle("true", (config) => (config.linux.resources = { memory: { limit: 67108864 } }));
    const refused = await user.withoutDelegation(["run", "--bundle", limited.dir, user.id()]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /cgroup\/create.*\[hint: \/sys\/fs\/cgroup.* is not yours: .*(delegate|Delegate)/);
    assert.deepEqual(findLeaks(user.scratch.marker, [user.otherRoot()]).states, []);
  });

  test("no delegated cgroup: update and pause of what runs say so", async (t) => {
    const user = new User(t);
    const bundle = await user.bundle("sleep 1000");
    const id = user.id();
    t.after(() => user.withoutDelegation(["delete", "--force", id]));
    const as = ["setpriv", "--reuid=1000", "--regid=1000", "--clear-groups"];
    await user.start(id, bundle, ["--root", user.otherRoot(), "run", "--detach"], as);
    for (const args of [
      ["update", "--memory", "67108864", id],
      ["pause", id],
    ]) {
      const { code, stderr } = await user.withoutDelegation(args);
      assert.equal(code, 1);
      assert.match(stderr, /cgroup/);
      assert.match(stderr, /not yours|[Dd]elegate/);
    }
    const killed = await user.withoutDelegation(["kill", id, "KILL"]);
    assert.equal(killed.code, 0, killed.stderr);
  });

  test("a sysfs of another network namespace", async (t) => {
    const user = new User(t);
    const sysfs = { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] };
    const refused = await user.runs(
      "true",
      (config) => (config.mounts = config.mounts.map((one: { destination: string }) => (one.destination === "/sys" ? sysfs : one))),
    );
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /mounts\/\d+\/sysfs.*EPERM.*network namespace/);
    const own = await user.runs("ls -d /sys/class/net/lo", (config) => {
      config.mounts = config.mounts.map((one: { destination: string }) => (one.destination === "/sys" ? sysfs : one));
      config.linux.namespaces?.push({ type: "network" });
    });
    assert.deepEqual({ code: own.code, stderr: own.stderr, stdout: own.stdout }, { code: 0, stderr: "", stdout: "/sys/class/net/lo\n" });
  });

  test("a cgroup of others", async (t) => {
    const user = new User(t);
    const bundle = await user.bundle("true", (config) => (config.linux.cgroupsPath = `/${user.scratch.marker}`));
    const { code, stderr } = await user.run(["run", "--bundle", bundle.dir, user.id()]);
    assert.equal(code, 1);
    assert.match(stderr, /\[hint: \/sys\/fs\/cgroup is not yours/);
    assert.ok(!existsSync(dirname(`/sys/fs/cgroup/${user.scratch.marker}/x`)));
  });
});
