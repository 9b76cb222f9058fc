// A machine that is short of something, for real and not injected: disk, inodes, descriptors, pids, memory, a working freezer, CRIU. One line of
// error, or success; and nothing is left either way.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { searchPath } from "../../src/runtime/criu-program.js";
import { type CommandResult, plainEnvironment, runCommand } from "../support/command.js";
import { cgroupMounts } from "../support/leaks.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Runtime } from "../support/runtime.js";
import { tsruncPath } from "../support/paths.js";
import type { Bundle } from "../support/scratch.js";
import { errorProblems, Ground } from "./support/ground.js";

const skip = needsContainers();
const ofNode = tsruncPath.endsWith("static") ? false : "Node itself needs more than that";

function groundOf(t: TestContext): Ground {
  const ground = new Ground();
  t.after(() => ground.cleanup());
  return ground;
}

/** Unmounted by the ground's cleanup. */
function tmpfs(path: string, options: string): string {
  mkdirSync(path);
  execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]);
  return path;
}

/** create by a caller with a state root and a prefix of its own; then all that has to hold. */
async function tryCreate(
  ground: Ground,
  runtime: Runtime,
  before: readonly string[] = [],
  bundle: Bundle = ground.bundle("sleeping"),
): Promise<number | null> {
  const id = ground.id();
  const output = ground.output();
  const args = ["--root", runtime.root, "create", "--bundle", bundle.dir, id];
  const [command = "", ...words] = [...before, runtime.path, ...args];
  const result = await runCommand(command, words, { stdio: output.stdio, timeoutMs: 20_000 });
  const { stderr } = output.take();
  if (result.code === 0) {
    assert.equal(stderr, "");
    await runtime.ok(["start", id]);
    assert.equal((await runtime.state(id)).status, "running");
  } else {
    assert.deepEqual(errorProblems({ ...result, stderr }, 1), [], before.join(" "));
    assert.equal(await ground.left(id), "", `${before.join(" ")}: ${stderr}`);
    assert.deepEqual(runtime.ids(), []);
  }
  await runtime.ok(["delete", "--force", id]);
  assert.equal(await ground.left(id), "");
  return result.code;
}

test("the state's disk has few inodes left", { skip }, async (t) => {
  const ground = groundOf(t);
  const codes = new Set<number | null>();
  for (let inodes = 2; inodes <= 9; inodes++) {
    const root = tmpfs(ground.scratch.path(`inodes-${inodes}`), `nr_inodes=${inodes}`);
    codes.add(await tryCreate(ground, new Runtime(tsruncPath, root)));
  }
  assert.deepEqual([...codes].sort(), [0, 1], "some of them are enough");
});

test("the state's disk is nearly full", { skip }, async (t) => {
  const ground = groundOf(t);
  const codes = new Set<number | null>();
  for (let pages = 1; pages <= 9; pages++) {
    const root = tmpfs(ground.scratch.path(`pages-${pages}`), `size=${pages * 4096}`);
    codes.add(await tryCreate(ground, new Runtime(tsruncPath, root)));
  }
  assert.deepEqual([...codes].sort(), [0, 1], "some of them are enough");
});

test("the state's disk becomes read-only", { skip }, async (t) => {
  const ground = groundOf(t);
  const root = tmpfs(ground.scratch.path("run"), "size=1m");
  const runtime = new Runtime(tsruncPath, root);
  const id = ground.id();
  assert.equal((await runtime.create(id, ground.bundle("sleeping").dir)).code, 0);
  execFileSync("mount", ["-o", "remount,ro", root]);
  const second = ground.id();
  const log = ground.scratch.path("log");
  const options = { stdio: ["ignore", "ignore", "ignore"] as const };
  const args = ["--log", log, "create", "--bundle", ground.bundle("sleeping").dir, second];
  assert.equal((await runtime.run(args, options)).code, 1);
  assert.equal(await ground.left(second), "");
  assert.equal((await runtime.state(id)).status, "created");
  assert.equal((await runtime.ok(["list", "--quiet"])).stdout, `${id}\n`);
  const removed = await runtime.run(["delete", "--force", id]);
  assert.deepEqual(errorProblems(removed, 1), []);
  assert.match(removed.stderr, /EROFS/);
  execFileSync("mount", ["-o", "remount,rw", root]);
  await runtime.ok(["delete", "--force", id]);
  assert.equal(await ground.left(id), "");
});

test("few descriptors", { skip }, async (t) => {
  const ground = groundOf(t);
  const codes = new Set<number | null>();
  const [least, most, step] = ofNode === false ? [4, 24, 1] : [24, 36, 6];
  // Without a limit of its own, to which not everybody may raise the caller's.
  const bundle = ground.scratch.makeBundle({ process: { args: ["sleep", "1000"], rlimits: undefined } });
  for (let count = least; count <= most; count += step)
    codes.add(await tryCreate(ground, ground.runtime, ["/bin/sh", "-c", `ulimit -n ${count}; exec "$@"`, "sh"], bundle));
  if (ofNode === false) assert.deepEqual([...codes].sort(), [0, 1]);
});

test("little address space", { skip: skip === false ? ofNode : skip }, async (t) => {
  const ground = groundOf(t);
  const codes = new Set<number | null>();
  for (let megabytes = 8; megabytes <= 20; megabytes++)
    codes.add(await tryCreate(ground, ground.runtime, ["/bin/sh", "-c", `ulimit -v ${megabytes * 1024}; exec "$@"`, "sh"]));
  assert.ok(codes.has(0), "twenty megabytes are enough");
});

/** A cgroup with a limit on processes, for the caller; undefined where nobody limits them. The ground's cleanup removes it. */
function pidsCgroup(name: string): string | undefined {
  const mount = cgroupMounts().find((path) => existsSync(join(path, "pids.max")) || path.endsWith("/pids"));
  if (mount === undefined) return undefined;
  const path = join(mount, name);
  mkdirSync(path);
  return existsSync(join(path, "pids.max")) ? path : undefined;
}

test("the caller has no free pid", { skip: skip === false ? ofNode : skip }, async (t) => {
  const ground = groundOf(t);
  const path = pidsCgroup(`${ground.scratch.marker}-caller`);
  if (path === undefined) return t.skip("no hierarchy with pids.max");
  const codes: (number | null)[] = [];
  for (const most of [1, 2, 3]) {
    writeFileSync(join(path, "pids.max"), String(most));
    codes.push(await tryCreate(ground, ground.runtime, ["/bin/sh", "-c", `echo $$ > ${path}/cgroup.procs; exec "$@"`, "sh"]));
  }
  assert.equal(codes[0], 1);
});

test("the container has no free pid", { skip }, async (t) => {
  const ground = groundOf(t);
  const bundle = ground.scratch.makeBundle({ process: { args: ["sleep", "1000"] }, linux: { resources: { pids: { limit: 1 } } } });
  const id = ground.id();
  assert.equal((await ground.runtime.create(id, bundle.dir)).code, 0);
  await ground.runtime.ok(["start", id]);
  const refused = await ground.runtime.run(["exec", id, "true"]);
  assert.deepEqual(errorProblems(refused, 255), []);
  assert.match(refused.stderr, /EAGAIN|resource temporarily unavailable/i);
  assert.deepEqual(await ground.remove(id), []);
});

test("the container has hardly any memory", { skip }, async (t) => {
  const ground = groundOf(t);
  for (const limit of [4096, 65536, 131072, 262144]) {
    const bundle = ground.scratch.makeBundle({ process: { args: ["sleep", "1000"] }, linux: { resources: { memory: { limit } } } });
    const id = ground.id();
    const output = ground.output();
    const result = await ground.runtime.run(["create", "--bundle", bundle.dir, id], { stdio: output.stdio });
    const { stderr } = output.take();
    if (result.code !== 0) {
      assert.deepEqual(errorProblems({ ...result, stderr }, 1), [], stderr);
      assert.equal(await ground.left(id), "");
    }
    assert.deepEqual(await ground.remove(id), []);
  }
});

interface Ice {
  melt(): void;
}

/** A cgroup that is frozen with all below it; undefined where there is no freezer. */
function frozenCgroup(name: string): Ice | undefined {
  const mount =
    cgroupMounts().find((path) => path.endsWith("/freezer")) ?? cgroupMounts().find((path) => existsSync(join(path, "cgroup.controllers")));
  if (mount === undefined) return undefined;
  const path = join(mount, name);
  mkdirSync(path);
  const [file, value, thawed] = path.includes("/freezer/") ? ["freezer.state", "FROZEN", "THAWED"] : ["cgroup.freeze", "1", "0"];
  writeFileSync(join(path, file), value);
  return { melt: () => writeFileSync(join(path, file), thawed) };
}

test("the cgroup's parent is frozen", { skip }, async (t) => {
  const ground = groundOf(t);
  const name = `${ground.scratch.marker}-ice`;
  const ice = frozenCgroup(name);
  if (ice === undefined) return t.skip("no freezer");
  const id = ground.id();
  const bundle = ground.scratch.makeBundle({ process: { args: ["sleep", "1000"] }, linux: { cgroupsPath: `/${name}/${id}` } });
  const output = ground.output();
  const result = await ground.runtime.run(["create", "--bundle", bundle.dir, id], { stdio: output.stdio, timeoutMs: 20_000 });
  const { stderr } = output.take();
  ice.melt();
  assert.deepEqual(errorProblems({ ...result, stderr }, 1), []);
  assert.match(stderr, /frozen/);
  assert.deepEqual(await ground.remove(id), []);
});

test("the caller's stdout is full", { skip }, async (t) => {
  const ground = groundOf(t);
  const bundle = ground.scratch.makeBundle({ process: { args: ["sh", "-c", "echo lost; exit 3"] } });
  const full = openSync("/dev/full", "w");
  t.after(() => closeSync(full));
  const result = await ground.runtime.run(["run", "--bundle", bundle.dir, ground.id()], { stdio: ["ignore", full, "pipe"] });
  assert.equal(result.code, 3, "the program's");
  assert.match(result.stderr, /^time=\S+ level=warning msg="some of the program's output is lost: write: ENOSPC [^\n]*\n$/);
});

/** Whatever PATH says the standard directories are looked in: in a mount namespace of its own, a criu that is installed is a device. */
function withoutCriu({ root }: Runtime, args: readonly string[]): Promise<CommandResult> {
  const hide = `for directory in ${searchPath("").join(" ")}; do [ ! -e $directory/criu ] || mount --bind /dev/null $directory/criu; done; exec "$@"`;
  const options = { env: { ...plainEnvironment, PATH: "/nowhere:/usr/bin:/bin" } };
  return runCommand("unshare", ["--mount", "sh", "-ec", hide, "sh", tsruncPath, "--root", root, ...args], options);
}

test("there is no CRIU", { skip: skip || needs("unshare") }, async (t) => {
  const ground = groundOf(t);
  const id = ground.id();
  await ground.runtime.create(id, ground.bundle("sleeping").dir);
  await ground.runtime.ok(["start", id]);
  const image = ground.scratch.path("image");
  const result = await withoutCriu(ground.runtime, ["checkpoint", "--image-path", image, id]);
  assert.deepEqual(errorProblems(result, 1), []);
  assert.match(result.stderr, /executable file not found in \$PATH .*install CRIU/);
  assert.equal((await ground.runtime.state(id)).status, "running");
  const second = ground.id();
  mkdirSync(image, { recursive: true });
  writeFileSync(join(image, "descriptors.json"), JSON.stringify(["/dev/null", "/dev/null", "/dev/null"]));
  const restored = await withoutCriu(ground.runtime, [
    ...["restore", "--detach", "--image-path", image],
    ...["--bundle", ground.bundle("sleeping").dir, second],
  ]);
  assert.deepEqual(errorProblems(restored, 1), []);
  assert.match(restored.stderr, /executable file not found in \$PATH/);
  assert.equal(await ground.left(second), "");
  assert.deepEqual(await ground.remove(id), []);
});
