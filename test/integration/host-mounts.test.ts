// A container without a mount namespace of its own: its mounts are made, in the runtime's, and go with it.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { runCommand } from "../support/command.js";
import { assertNothingLeft, hostMounts } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";

const skip = needsContainers();
const mounts = [
  { destination: "/proc", type: "proc" },
  { destination: "/dev", type: "tmpfs", options: ["nosuid", "mode=755"] },
  { destination: "/data", type: "tmpfs", options: ["ro"] },
];

/** In the bundle that it makes nothing but pid, uts and ipc are the container's own. */
function bundleOn(scratch: Scratch, patch: object, args: readonly string[]): Bundle {
  const bundle = scratch.makeBundle({ process: { args: [...args] }, ...patch });
  bundle.config.linux.namespaces = [{ type: "pid" }, { type: "uts" }, { type: "ipc" }];
  delete bundle.config.linux.maskedPaths;
  delete bundle.config.linux.readonlyPaths;
  bundle.save();
  return bundle;
}

/** A tmpfs of a shared parent, as systemd has them all. */
async function sharedTmpfs(t: TestContext, path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  assert.equal((await runCommand("mount", ["-t", "tmpfs", "shared", path])).code, 0);
  t.after(() => runCommand("umount", ["-l", path]));
  assert.equal((await runCommand("mount", ["--make-rshared", path])).code, 0);
}

test("mounts, a read-only root, exec: in the host's mount namespace, and all of it goes away", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = bundleOn(scratch, { mounts, root: { path: "rootfs", readonly: true } }, ["sleep", "1000"]);
  const rootfs = join(bundle.dir, "rootfs");
  // Below the rootfs, shared with what the copy of it is made from: neither mounts nor umounts may come back here.
  await sharedTmpfs(t, join(rootfs, "sub"));
  const before = hostMounts(scratch.marker);
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  await runtime.ok(["start", id]);
  const { pid } = await runtime.state(id);
  assert.equal(readlinkSync(`/proc/${pid}/ns/mnt`), readlinkSync("/proc/self/ns/mnt"));
  const script =
    "grep -c . /proc/1/status >/dev/null && stat -f -c %T /data /sub; mkdir /x /data/x 2>&1; mkdir /sub/x && mount -t tmpfs in /sub/x; echo done";
  const seen = await runtime.ok(["exec", "--cap", "CAP_SYS_ADMIN", id, "sh", "-c", script]);
  assert.deepEqual(seen.stdout.split("\n"), [
    "tmpfs",
    "tmpfs",
    "mkdir: can't create directory '/x': Read-only file system",
    "mkdir: can't create directory '/data/x': Read-only file system",
    "done",
    "",
  ]);
  assert.deepEqual(
    hostMounts(scratch.marker).filter((line) => line.startsWith(rootfs)),
    before.filter((line) => line.startsWith(rootfs)),
    "the rootfs itself has no new mounts",
  );
  await runtime.ok(["delete", "--force", id]);
  assert.deepEqual(hostMounts(scratch.marker), before);
  assert.ok(existsSync(join(rootfs, "bin/sh")) || existsSync(join(rootfs, "bin/busybox")), "the rootfs is as it was");
  await runCommand("umount", ["-l", join(rootfs, "sub")]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("a create that fails half-way leaves no mount", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const before = hostMounts(scratch.marker);
  const bad = { destination: "/bad", type: "tmpfs", options: ["no-such-option"] };
  const bundle = bundleOn(scratch, { mounts: [...mounts, bad] }, ["true"]);
  const { code, stderr } = await runtime.run(["create", "--bundle", bundle.dir, scratch.id()]);
  assert.equal(code, 1);
  assert.match(stderr, /mounts\/3\/tmpfs/);
  assert.deepEqual(hostMounts(scratch.marker), before);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("rootfsPropagation shared: of the container's root, not of the host's", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const before = hostMounts(scratch.marker);
  const bundle = bundleOn(scratch, { mounts }, ["awk", '$5 == "/" && / shared:/ { n++ } END { print n }', "/proc/self/mountinfo"]);
  bundle.config.linux.rootfsPropagation = "shared";
  bundle.save();
  assert.equal((await runtime.ok(["run", "--bundle", bundle.dir, scratch.id()])).stdout, "1\n");
  assert.deepEqual(hostMounts(scratch.marker), before);
});
