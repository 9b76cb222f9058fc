// create, start, state, kill, delete on a real container.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, openSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand, waitUntil } from "../support/command.js";
import { assertNothingLeft, findLeaks } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const sleeper = { process: { args: ["sleep", "1000"] } };

test("a life: created, running, stopped, gone", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ ...sleeper, annotations: { "a.b/c": "d" } });
  const id = scratch.id();
  const pidFile = scratch.path("pid");
  assert.equal((await runtime.create(id, bundle.dir, ["--pid-file", pidFile])).code, 0);
  const created = await runtime.state(id);
  assert.equal(created.status, "created");
  assert.equal(readFileSync(pidFile, "utf8"), String(created.pid), "no newline");
  assert.deepEqual(Object.keys(created), ["ociVersion", "id", "pid", "status", "bundle", "rootfs", "created", "annotations", "owner"]);
  assert.deepEqual(created.annotations, { "a.b/c": "d" });
  assert.equal(created.bundle, bundle.dir);
  assert.equal(statSync(join(runtime.root, id)).mode & 0o777, 0o711);
  await runtime.ok(["start", id]);
  assert.equal((await runtime.state(id)).status, "running");
  assert.equal(readFileSync(`/proc/${created.pid}/cmdline`, "utf8"), "sleep\u00001000\u0000", "the same process runs the program");
  await runtime.ok(["kill", id, "KILL"]);
  await runtime.waitFor(id, "stopped");
  assert.equal((await runtime.state(id)).pid, 0);
  await runtime.ok(["delete", id]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("a pid file that is a device is written in place", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const device = scratch.path("null");
  assert.equal((await runCommand("mknod", [device, "c", "1", "3"])).code, 0);
  assert.equal((await runtime.create(scratch.id(), scratch.makeBundle(sleeper).dir, ["--pid-file", device])).code, 0);
  assert.ok(statSync(device).isCharacterDevice());
});

test("the seccomp filter is loaded by start, not by create", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ ...sleeper, linux: { seccomp: { defaultAction: "SCMP_ACT_ALLOW", syscalls: [] } } });
  bundle.config.linux.seccomp.syscalls.push({ names: ["acct"], action: "SCMP_ACT_ERRNO" });
  bundle.save();
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  const { pid } = await runtime.state(id);
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Seccomp:\t0$/m);
  await runtime.ok(["start", id]);
  assert.match(readFileSync(`/proc/${pid}/status`, "utf8"), /^Seccomp:\t2$/m);
});

test("what is refused in which state", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  const id = scratch.id();
  const refused = async (args: string[], text: RegExp) => {
    const { code, stdout, stderr } = await runtime.run(args);
    assert.deepEqual({ args, code, stdout }, { args, code: 1, stdout: "" });
    assert.match(stderr, text);
  };
  for (const command of ["start", "state", "kill", "delete"]) await refused([command, id], /"container does not exist"/);
  await runtime.ok(["delete", "--force", id]);
  await runtime.create(id, bundle.dir);
  await refused(["create", "--bundle", bundle.dir, id], /tsrunc create failed: container with given ID already exists/);
  assert.equal((await runtime.state(id)).status, "created", "the first one is untouched");
  await runtime.ok(["start", id]);
  await refused(["start", id], /cannot start an already running container/);
  await refused(["delete", id], new RegExp(`cannot delete container ${id} that is not stopped: running`));
  await refused(["kill", id, "NOPE"], /unknown signal \\"NOPE\\"/);
  await runtime.ok(["kill", id, "9"]);
  await runtime.waitFor(id, "stopped");
  await refused(["kill", id, "TERM"], /container not running/);
  await refused(["kill", id, "0"], /container not running/);
  await runtime.ok(["kill", "--all", id, "9"]);
  await refused(["start", id], /cannot start a container that has stopped/);
  await runtime.ok(["delete", id]);
  await refused(["delete", id], /container does not exist/);
});

test("delete of a created container ends it; delete --force one that runs", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  for (const [start, flags] of [
    [false, []],
    [true, ["--force"]],
  ] as const) {
    const id = scratch.id();
    await runtime.create(id, bundle.dir);
    if (start) await runtime.ok(["start", id]);
    await runtime.ok(["delete", ...flags, id]);
    await assertNothingLeft(scratch.marker, [runtime.root]);
  }
});

test("the bundle may be gone by the time of start, state, kill and delete", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const rootfs = scratch.makeBundle().rootfs;
  const bundle = scratch.makeBundle(sleeper, { rootfs });
  const id = scratch.id();
  await runtime.create(id, bundle.dir);
  await runCommand("rm", ["-r", bundle.dir]);
  await runtime.ok(["start", id]);
  assert.equal((await runtime.state(id)).status, "running");
  await runtime.ok(["kill", id, "KILL"]);
  await runtime.waitFor(id, "stopped");
  await runtime.ok(["delete", id]);
});

test("kill by number, by name, as existence probe; a signal reaches init", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const script = "trap 'echo usr1' USR1; trap 'echo rt; exit 3' 37; echo ready; while :; do sleep 0.05; done";
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", script] } });
  const id = scratch.id();
  const path = scratch.path("out");
  const output = openSync(path, "w");
  const shown = (text: string) => waitUntil(text, () => readFileSync(path, "utf8").includes(text));
  await runtime.create(id, bundle.dir, [], output);
  await runtime.ok(["start", id]);
  await shown("ready");
  await runtime.ok(["kill", id, "0"]);
  await runtime.ok(["kill", id, "usr1"]);
  await shown("usr1");
  await runtime.ok(["kill", id, "RTMIN+3"]);
  await shown("rt");
  await runtime.waitFor(id, "stopped");
});

test("without a pid namespace of its own, SIGKILL takes all processes and delete what is left", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const patch = (config: { linux: { namespaces: { type: string }[] }; process: { args: string[] } }) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }) => type !== "pid");
    config.process.args = ["sh", "-c", "setsid sleep 1000 & setsid sleep 1001 & exec sleep 1002"];
  };
  const bundle = scratch.makeBundle(patch);
  const started = async (id: string) => {
    await runtime.create(id, bundle.dir);
    await runtime.ok(["start", id]);
    await waitUntil("three processes", () => findLeaks(scratch.marker, []).processes.length === 3);
  };
  const first = scratch.id();
  await started(first);
  await runtime.ok(["kill", first, "KILL"]);
  await waitUntil("all are gone", () => findLeaks(scratch.marker, []).processes.length === 0);
  await runtime.ok(["delete", first]);
  const second = scratch.id();
  await started(second);
  process.kill((await runtime.state(second)).pid, "SIGKILL");
  await runtime.waitFor(second, "stopped");
  await runtime.ok(["delete", second]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("frozen by others: state says paused, SIGKILL ends it, delete --force too", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  for (const last of [["kill"], ["delete", "--force"]]) {
    const id = scratch.id();
    await runtime.create(id, bundle.dir);
    await runtime.ok(["start", id]);
    const { pid } = await runtime.state(id);
    const [, hierarchy, own = ""] = /^\d+:(freezer|):(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8")) ?? [];
    if (hierarchy === "freezer") writeFileSync(`/sys/fs/cgroup/freezer${own}/freezer.state`, "FROZEN");
    else writeFileSync(`/sys/fs/cgroup${own}/cgroup.freeze`, "1");
    await runtime.waitFor(id, "paused");
    const refused = await runtime.run(["delete", id]);
    assert.match(refused.stderr, /that is not stopped: paused/);
    if (last[0] === "kill") {
      await runtime.ok(["kill", id, "KILL"]);
      await runtime.waitFor(id, "stopped");
      await runtime.ok(["delete", id]);
    } else await runtime.ok([...last, id]);
  }
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("an init that died before start: stopped, and start says so", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle(sleeper);
  const id = scratch.id();
  await runtime.create(id, bundle.dir);
  process.kill((await runtime.state(id)).pid, "SIGKILL");
  await runtime.waitFor(id, "stopped");
  const { code, stderr } = await runtime.run(["start", id]);
  assert.equal(code, 1);
  assert.match(stderr, /cannot start a container that has stopped/);
  await runtime.ok(["delete", id]);
});

test("hostile state directories are not followed", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  mkdirSync(join(runtime.root, "link"), { recursive: true });
  writeFileSync(scratch.path("secret"), '{"version":1,"id":"link"}');
  await runCommand("ln", ["-s", scratch.path("secret"), join(runtime.root, "link", "state.json")]);
  await runCommand("ln", ["-s", "/etc", join(runtime.root, "dir")]);
  mkdirSync(join(runtime.root, "fifo"));
  await runCommand("mkfifo", [join(runtime.root, "fifo", "state.json")]);
  mkdirSync(join(runtime.root, "broken"));
  writeFileSync(join(runtime.root, "broken", "state.json"), '{"version":1,"id":"broken","pid":1}');
  for (const id of ["link", "dir", "fifo", "broken"]) {
    const { code } = await runtime.run(["state", id], { timeoutMs: 5000 });
    assert.equal(code, 1, id);
    await runtime.run(["delete", "--force", id], { timeoutMs: 5000 });
  }
  assert.ok(existsSync("/etc/passwd") && existsSync(scratch.path("secret")));
});

test("list: a table, JSON, ids; broken entries do not hide others", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  mkdirSync(runtime.root);
  assert.equal((await runtime.ok(["list", "--format", "json"])).stdout, "null\n");
  assert.equal((await runtime.ok(["list"])).stdout, "ID          PID         STATUS      BUNDLE      CREATED     OWNER\n");
  const bundle = scratch.makeBundle(sleeper);
  const id = scratch.id();
  await runtime.create(id, bundle.dir);
  const { pid, status } = await runtime.state(id);
  mkdirSync(join(runtime.root, "aborted"));
  assert.equal((await runtime.ok(["list", "-q"])).stdout, `${id}\n`);
  mkdirSync(join(runtime.root, "broken"));
  writeFileSync(join(runtime.root, "broken", "state.json"), "{");
  const { code, stdout, stderr } = await runtime.run(["list", "--format=json"]);
  assert.equal(code, 0);
  assert.match(stderr, /^load container broken: .*damaged/);
  const [item, ...others] = JSON.parse(stdout) as Record<string, unknown>[];
  assert.deepEqual(others, []);
  assert.deepEqual([item?.["id"], item?.["pid"], item?.["status"], item?.["owner"]], [id, pid, status, "root"]);
});

test("a configuration in state.json that is damaged: the file and the place, and delete works", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const id = scratch.id();
  await runtime.create(id, scratch.makeBundle(sleeper).dir);
  await runtime.ok(["start", id]);
  const file = join(runtime.root, id, "state.json");
  const whole = readFileSync(file, "utf8");
  const [head] = whole.split("\n");
  const { config } = JSON.parse(whole) as { config: { linux: object } };
  writeFileSync(scratch.path("mounts.json"), '[{"destination":"/a","type":"tmpfs","source":"tmpfs"}]');
  const commands = [
    ["exec", id, "true"],
    ["update", "--pids-limit", "50", id],
    ["mounts", "add", id, scratch.path("mounts.json")],
    ["checkpoint", "--image-path", scratch.path("image"), id],
  ];
  for (const [damaged, place] of [
    [{ ...config, process: 5 }, "/config/process: must be an object, not 5"],
    [{ ...config, linux: { ...config.linux, namespaces: { user: 1 } } }, "/config/linux/namespaces: must be an array, not an object"],
    [{ ...config, linux: { ...config.linux, resources: [], seccomp: "x" } }, "/config/linux/resources: must be an object, not an array"],
  ] as const) {
    writeFileSync(file, `${head}\n"config":${JSON.stringify(damaged)}}`);
    for (const command of commands) {
      const { code, stdout, stderr } = await runtime.run(command);
      assert.deepEqual([code, stdout], [command[0] === "exec" ? 255 : 1, ""]);
      assert.ok(stderr.includes(`${file}: damaged: ${place}`), stderr);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    }
    assert.equal((await runtime.state(id)).status, "running");
  }
  await runtime.ok(["delete", "--force", id]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("list: an explicit root that is missing is an error", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const { code, stderr } = await scratch.runtime(undefined, "nowhere").run(["list"]);
  assert.equal(code, 1);
  assert.match(stderr, /no such file or directory/);
});

test("an aborted create: delete says that there is none and removes it, --force is content", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const dir = join(runtime.root, "x");
  for (const [flags, code] of [
    [[], 1],
    [["--force"], 0],
  ] as const) {
    mkdirSync(dir, { recursive: true });
    const result = await runtime.run(["delete", ...flags, "x"]);
    assert.equal(result.code, code);
    if (code === 1) assert.match(result.stderr, /container does not exist/);
    assert.ok(!existsSync(dir));
  }
});
