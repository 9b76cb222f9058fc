// `mounts add` and `mounts remove`: what the container sees of it, and that it is all of the file or nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { mountTarget } from "../support/added-mounts.js";
import { needsContainers } from "../support/requirements.js";
import type { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const done = { code: 0, stdout: "", stderr: "" };

function sources(scratch: Scratch): { dir: string; file: string } {
  const [dir, file] = [scratch.path("dir"), scratch.path("file")];
  mkdirSync(dir);
  writeFileSync(`${dir}/f`, "in dir\n");
  writeFileSync(file, "a file\n");
  return { dir, file };
}

test("binds, files, filesystems, id-mapped mounts come and go", { skip }, async (t) => {
  const target = await mountTarget(t);
  const { dir, file } = sources(target.scratch);
  const mounts = [
    { destination: "/new/dir", source: dir, options: ["rbind", "ro", "nosuid"] },
    { destination: "/new/file", type: "bind", source: file },
    { destination: "/new/tmp", type: "tmpfs", source: "tmpfs", options: ["size=64k", "noexec", "mode=0700"] },
    { destination: "/new/sealed", type: "tmpfs", source: "tmpfs", options: ["ro"] },
    { destination: "/new/mapped", source: dir, options: ["bind", "idmap=uids=0-5-1;gids=0-6-1"] },
  ];
  assert.deepEqual(await target.add(mounts), done);
  assert.deepEqual(target.mounts("/new"), [
    "/new/dir ro,nosuid,relatime",
    "/new/file rw,relatime",
    "/new/tmp rw,noexec,relatime",
    "/new/sealed ro,relatime",
    "/new/mapped rw,relatime,idmapped",
  ]);
  assert.equal(
    await target.sh("cat /new/dir/f /new/file; stat -c '%u:%g' /new/mapped/f; stat -c %a /new/tmp /new/sealed"),
    "in dir\na file\n5:6\n700\n1777\n",
  );
  assert.deepEqual(
    target.remembered().map((mount) => mount.target),
    mounts.map(({ destination }) => destination),
  );
  assert.deepEqual(await target.remove([{ destination: "/new/dir/" }, { destination: "/new/mapped" }]), done);
  assert.deepEqual(target.mounts("/new").length, 3);
  assert.deepEqual(await target.remove(mounts.slice(1, 4)), done);
  assert.deepEqual({ mounts: target.mounts("/new"), remembered: target.remembered() }, { mounts: [], remembered: [] });
});

test("one over the other, one in the other: the last one goes first", { skip }, async (t) => {
  const target = await mountTarget(t);
  const tmpfs = (destination: string, size: string) => ({ destination, type: "tmpfs", source: "tmpfs", options: [`size=${size}`] });
  const mounts = [tmpfs("/new", "4k"), tmpfs("/new", "8k"), tmpfs("/new/in", "16k")];
  assert.deepEqual(await target.add(mounts), done);
  assert.equal(target.mounts("/new").length, 3);
  assert.deepEqual(await target.remove([{ destination: "/new" }, { destination: "/new/in" }]), done);
  assert.deepEqual(target.mounts("/new"), ["/new rw,relatime"]);
  assert.match(await target.sh("df -k /new"), / 4 /);
  assert.deepEqual(await target.remove([{ destination: "/new" }]), done);
});

test("when one fails, none is left", { skip }, async (t) => {
  const target = await mountTarget(t);
  const { dir, file } = sources(target.scratch);
  const good = [
    { destination: "/new/dir", source: dir, options: ["bind"] },
    { destination: "/new/file", source: file, options: ["bind"] },
  ];
  const bad: [object, string][] = [
    [
      { destination: "/x", source: "/no/such", options: ["bind"] },
      'mounts/2/open (mounts.json:1:LAST /2): open_tree("/no/such"): ENOENT (no such file or directory)',
    ],
    [
      { destination: "/new/file", source: dir, options: ["bind"] },
      `mounts/2/bind (mounts.json:1:LAST /2): move_mount("${dir}", "/new/file"): ENOTDIR`,
    ],
    [
      { destination: "/sys/nothing", source: dir, options: ["bind"] },
      'mounts/2/bind (mounts.json:1:LAST /2): openat2("/sys/nothing"): EROFS (read-only file system)',
    ],
    [
      { destination: "/x", type: "tmpfs", source: "x", options: ["size=nonsense"] },
      'mounts/2/open (mounts.json:1:LAST /2): fsconfig("size=nonsense"): tmpfs: Bad value for \'size\' on "x": EINVAL',
    ],
    [
      { destination: "/x", source: "/proc", options: ["rbind", "idmap=uids=0-1-1;gids=0-1-1"] },
      'mounts/2/open (mounts.json:1:LAST /2): mount_setattr("/proc", MOUNT_ATTR_IDMAP): EINVAL (invalid argument) [hint: this filesystem can not be id-mapped',
    ],
  ];
  const column = JSON.stringify(good).length + 1;
  for (const [mount, message] of bad) {
    const { code, stdout, stderr } = await target.add([...good, mount as (typeof good)[0]]);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    const text = stderr.replaceAll('\\"', '"');
    assert.ok(text.includes(`tsrunc mounts add failed: ${message.replace("LAST", String(column))}`), `${text}\n${message}`);
    assert.deepEqual({ mounts: target.mounts("/new"), remembered: target.remembered() }, { mounts: [], remembered: [] });
  }
});

test("a created and a paused container, but no stopped one", { skip }, async (t) => {
  const target = await mountTarget(t);
  const { runtime, scratch, id } = target;
  const { dir } = sources(scratch);
  const mounts = [{ destination: "/new", source: dir, options: ["bind"] }];
  await runtime.ok(["pause", id]);
  assert.deepEqual(await target.add(mounts), done);
  await runtime.ok(["resume", id]);
  assert.equal(await target.sh("cat /new/f"), "in dir\n");

  const bundle = scratch.makeBundle((config) => {
    config.process.args = ["cat", "/new/f"];
    config.root.readonly = false;
  });
  const created = scratch.id();
  await runtime.create(created, bundle.dir);
  await runtime.ok(["mounts", "add", created, scratch.path("mounts.json")]);
  assert.equal((await runtime.state(created)).status, "created");
  await runtime.ok(["delete", "--force", created]);

  await runtime.ok(["kill", id, "KILL"]);
  await runtime.waitFor(id, "stopped");
  for (const action of ["add", "remove"]) {
    const { code, stderr } = await runtime.run(["mounts", action, id, scratch.path("mounts.json")]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`tsrunc mounts ${action} failed: container not running`));
  }
  const { stderr } = await runtime.run(["mounts", "add", "nobody", scratch.path("mounts.json")]);
  assert.match(stderr, /tsrunc mounts add failed: container does not exist/);
});

test("a read-only root, where the mount point is missing and where it is there", { skip }, async (t) => {
  const target = await mountTarget(t, (config) => (config.root.readonly = true));
  const { dir } = sources(target.scratch);
  const { stderr } = await target.add([{ destination: "/new", source: dir, options: ["bind"] }]);
  assert.match(
    stderr,
    /mounts\/0\/bind \(mounts.json:1:2 \/0\): openat2\(\\"\/new\\"\): EROFS \(read-only file system\) \[hint: the mount target is missing/,
  );
  assert.deepEqual(await target.add([{ destination: "/mnt", source: dir, options: ["bind"] }]), done);
  assert.equal(await target.sh("cat /mnt/f"), "in dir\n");
});

test("relative sources, a file from stdin, a wrong word", { skip }, async (t) => {
  const target = await mountTarget(t);
  const { runtime, scratch, id } = target;
  sources(scratch);
  const input = JSON.stringify([{ destination: "/new", source: "dir", options: ["bind"] }]);
  await runtime.ok(["mounts", "add", id, "-"], { input, cwd: scratch.dir });
  assert.equal(await target.sh("cat /new/f"), "in dir\n");
  const { code, stderr } = await runtime.run(["mounts", "list", id, "-"]);
  assert.equal(code, 1);
  assert.match(stderr, /unknown command list: \\"mounts\\" knows add and remove/);
});

test(
  "what the host mounts below a source arrives later, as with a mount of config.json; nothing of the container leaves",
  { skip },
  async (t) => {
    const target = await mountTarget(t);
    const { dir } = sources(target.scratch);
    execFileSync("mount", ["-t", "tmpfs", "none", dir]);
    execFileSync("mount", ["--make-shared", dir]);
    mkdirSync(`${dir}/sub`);
    assert.deepEqual(await target.add([{ destination: "/new", source: dir, options: ["rbind"] }]), done);
    execFileSync("mount", ["-t", "tmpfs", "none", `${dir}/sub`]);
    assert.deepEqual(target.mounts("/new"), ["/new rw,relatime", "/new/sub rw,relatime"]);
    assert.deepEqual(await target.add([{ destination: "/new/sub", type: "tmpfs", source: "tmpfs" }]), done);
    assert.equal(execFileSync("findmnt", ["-R", "-n", "-o", "TARGET", dir], { encoding: "utf8" }).trim().split("\n").length, 2);
  },
);

test("no checkpoint of what a restore would not bring back", { skip }, async (t) => {
  const target = await mountTarget(t);
  const { dir } = sources(target.scratch);
  const checkpoint = (of: typeof target): Promise<string> =>
    of.runtime.run(["checkpoint", "--image-path", of.scratch.path("image"), of.id]).then(({ stderr }) => stderr.replaceAll('\\"', '"'));
  assert.deepEqual(await target.add([{ destination: "/new", source: dir, options: ["bind"] }]), done);
  assert.ok(
    (await checkpoint(target)).includes(
      'checkpoint failed: the mount on "/new" was added to the container, and a restore would not find it',
    ),
  );
  const mapped = await mountTarget(t, (config) => {
    config.mounts.push({ destination: "/new", source: dir, options: ["bind", "idmap=uids=0-1-1;gids=0-1-1"] });
  });
  assert.ok(
    (await checkpoint(mapped)).includes(
      "checkpoint failed: a container with id-mapped mounts cannot be checkpointed: CRIU does not restore them",
    ),
  );
});
