// `mounts add` and `mounts remove` against a container that wants out: nothing is mounted on the host, no lock of a host's mount opens, no
// mount goes but those that were added, and a command that is killed leaves what can be removed.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { mountTarget } from "../support/added-mounts.js";
import { sleep } from "../support/command.js";
import { hostMounts, mountsOf } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";

const skip = needsContainers();
const done = { code: 0, stdout: "", stderr: "" };

const userNamespace = (config: { linux: Record<string, unknown> & { namespaces: object[] } }): void => {
  const maps = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.namespaces.push({ type: "user" });
  Object.assign(config.linux, { uidMappings: maps, gidMappings: maps });
};

const sysAdmin = (config: { process: Record<string, unknown> }): void => {
  const caps = ["CAP_SYS_ADMIN", "CAP_DAC_OVERRIDE", "CAP_CHOWN"];
  config.process["capabilities"] = { bounding: caps, effective: caps, permitted: caps };
};

test("links in the destination lead nowhere but below the container's root", { skip }, async (t) => {
  const target = await mountTarget(t);
  const outside = target.scratch.path("outside");
  const source = target.scratch.path("source");
  for (const dir of [outside, source]) mkdirSync(dir);
  writeFileSync(join(source, "f"), "f\n");
  const root = target.bundle.rootfs;
  symlinkSync(outside, join(root, "absolute"));
  symlinkSync(`../../../../../../../..${outside}`, join(root, "relative"));
  symlinkSync("/proc/1/root", join(root, "magic"));
  symlinkSync("/proc/self/cwd", join(root, "cwd"));
  const before = hostMounts(target.scratch.marker);
  for (const link of ["absolute", "relative"]) {
    const mounts = [{ destination: `/${link}/in`, source, options: ["bind"] }];
    assert.deepEqual(await target.add(mounts), done);
    assert.deepEqual(target.mounts(`${outside}/in`), [`${outside}/in rw,relatime`]);
    assert.deepEqual(await target.remove(mounts), done);
  }
  for (const link of ["magic", "cwd"]) {
    const { code, stderr } = await target.add([{ destination: `/${link}/in`, source, options: ["bind"] }]);
    assert.equal(code, 1);
    assert.match(stderr, /openat2\(\\"\/(magic|cwd)\/in\\"\): (ELOOP|ENOENT|EACCES)/);
  }
  assert.deepEqual({ mounts: hostMounts(target.scratch.marker), files: readdirSync(outside) }, { mounts: before, files: [] });
});

test("a destination that is swapped all the time", { skip }, async (t) => {
  const swapping = "mkdir /d; ln -s /proc/self/root /l; while :; do mv /d /x; mv /l /d; mv /d /l; mv /x /d; done";
  const target = await mountTarget(t, (config) => (config.process.args = ["sh", "-c", swapping]));
  const source = target.scratch.path("source");
  mkdirSync(source);
  const before = hostMounts(target.scratch.marker);
  let added = 0;
  for (let round = 0; round < 25; round++) {
    const mounts = [{ destination: "/d/in", source, options: ["bind"] }];
    const { code, stderr } = await target.add(mounts);
    if (code === 0) added++;
    else assert.match(stderr, /mounts add failed: mounts\/0\/(bind|open)/);
    assert.equal(target.remembered().length, added);
  }
  assert.deepEqual(hostMounts(target.scratch.marker), before);
  assert.ok(target.mounts("/").every((line) => !line.startsWith("/proc/1")));
});

test("only what was added can be removed, and only while it is there", { skip }, async (t) => {
  const target = await mountTarget(t, sysAdmin);
  const source = target.scratch.path("source");
  mkdirSync(source);
  const masked = (): number => target.mounts("/proc/keys").length;
  assert.equal(masked(), 1);
  for (const destination of ["/proc/keys", "/dev", "/proc", "/dev/shm"]) {
    const { code, stderr } = await target.remove([{ destination }]);
    assert.equal(code, 1);
    assert.ok(
      stderr.includes(`mounts.json:1:17 /0/destination: \\"${destination}\\" was not added to this container by \\"mounts add\\"`),
      stderr,
    );
  }
  const mounts = [{ destination: "/box/keys", source, options: ["bind"] }];
  assert.deepEqual(await target.add(mounts), done);
  // The path leads to a mask of procfs now; ours is found where it went.
  await target.sh("mv /box /moved && ln -s /proc /box");
  assert.deepEqual(await target.remove(mounts), done);
  assert.equal(masked(), 1);
  await target.sh("rm /box && mv /moved /box");
  assert.deepEqual(await target.add(mounts), done);
  // Something of the container's own is over it.
  await target.sh("mount -t tmpfs none /box/keys");
  const { code, stderr } = await target.remove(mounts);
  assert.equal(code, 1);
  assert.match(stderr, /mounts\/0\/detach .*what is at \\"\/box\/keys\\" in the container is not the mount that was added/);
  await target.sh("umount /box/keys");
  assert.deepEqual(await target.remove(mounts), done);
  // What it has unmounted by itself is forgotten.
  assert.deepEqual(await target.add(mounts), done);
  await target.sh("umount /box/keys");
  assert.deepEqual(await target.remove(mounts), done);
  assert.deepEqual({ mounts: target.mounts("/box"), remembered: target.remembered() }, { mounts: [], remembered: [] });
});

test("in a user namespace the flags and mounts of the host stay locked, and the mount points are its root's", { skip }, async (t) => {
  const target = await mountTarget(t, (config) => {
    userNamespace(config);
    sysAdmin(config);
    config.mounts.push({ destination: "/dev/own", type: "tmpfs", source: "tmpfs" });
  });
  const source = target.scratch.path("source");
  mkdirSync(source);
  execFileSync("mount", ["-t", "tmpfs", "none", source]);
  mkdirSync(join(source, "sub"));
  execFileSync("mount", ["-t", "tmpfs", "none", join(source, "sub")]);
  execFileSync("mount", ["-o", "remount,bind,ro,nosuid", source]);
  const mounts = [
    { destination: "/dev/own/plain", source, options: ["rbind"] },
    { destination: "/dev/own/mapped", source, options: ["rbind", "idmap"] },
    { destination: "/dev/own/tmp", type: "tmpfs", source: "tmpfs", options: ["size=4k"] },
  ];
  assert.deepEqual(await target.add(mounts), done);
  assert.equal(await target.sh("stat -c %u /dev/own/mapped /dev/own/tmp"), "0\n0\n");
  for (const name of ["plain", "mapped"]) {
    const script = `mount -o remount,bind,rw,nosuid /dev/own/${name}; umount /dev/own/${name}/sub; touch /dev/own/${name}/x`;
    const { code, stdout } = await target.exec([], ["sh", "-c", script]);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  }
  // It may do so with what is its own: the locks were what kept it.
  await target.sh("mount -o remount,bind,ro /dev/own/tmp && mount -o remount,bind,rw /dev/own/tmp && touch /dev/own/tmp/x");
  const shown = target.mounts("/dev/own/").map((line) => line.replace(/,inode64/, ""));
  assert.deepEqual(shown.slice(0, 4), [
    "/dev/own/plain ro,nosuid,relatime",
    "/dev/own/plain/sub rw,relatime",
    "/dev/own/mapped ro,nosuid,relatime,idmapped",
    "/dev/own/mapped/sub rw,relatime",
  ]);
  assert.deepEqual(await target.remove(mounts), done);
  assert.deepEqual(target.mounts("/dev/own/"), []);
});

test("kill -9 in the middle: what is there can be removed", { skip }, async (t) => {
  const target = await mountTarget(t);
  const { runtime, scratch, id } = target;
  const mounts = Array.from({ length: 12 }, (_, index) => ({ destination: `/new/${index}`, type: "tmpfs", source: "tmpfs" }));
  for (const ms of [60, 90, 120, 160, 210, 270]) {
    writeFileSync(scratch.path("mounts.json"), JSON.stringify(mounts));
    const command = runtime.start(["mounts", "add", id, scratch.path("mounts.json")]);
    const ended = new Promise((resolve) => command.on("exit", resolve));
    await sleep(ms);
    command.kill("SIGKILL");
    await ended;
    await sleep(20);
    const there = target.mounts("/new").length;
    const remembered = target.remembered();
    assert.ok(remembered.length >= there, `${remembered.length} remembered, ${there} there`);
    assert.deepEqual(await target.remove(remembered.map((mount) => ({ destination: mount.target }))), done);
    assert.deepEqual({ mounts: target.mounts("/new"), remembered: target.remembered() }, { mounts: [], remembered: [] });
  }
  assert.deepEqual(mountsOf(scratch.marker), []);
});
