// Small things that are easily forgotten and have no better place (docs/small-things.md lists all of them).
import assert from "node:assert/strict";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { runCommand } from "../support/command.js";
import type { ConfigPatch } from "../support/config.js";
import { holdNamespaces } from "../support/namespaces.js";
import { needsContainers } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";

const skip = needsContainers();

function prepare(t: TestContext, patch: ConfigPatch): { scratch: Scratch; bundle: Bundle; id: string; args: string[] } {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle(patch);
  const id = scratch.id();
  return { scratch, bundle, id, args: ["run", "--bundle", bundle.dir, id] };
}

async function refusal(t: TestContext, patch: ConfigPatch): Promise<string> {
  const { scratch, args } = prepare(t, patch);
  const runtime = scratch.runtime();
  const { code, stderr } = await runtime.run(args);
  assert.equal(code, 1);
  assert.deepEqual(runtime.ids(), []);
  return stderr;
}

test("pipes belong to the program's user, /dev/null stays the host's", { skip }, async (t) => {
  const before = statSync("/dev/null");
  const { scratch, args } = prepare(t, (config) => {
    config.process.user = { uid: 1000, gid: 1000 };
    config.process.args = ["sh", "-c", "stat -L -c %u:%g /proc/self/fd/1; echo to stderr >&2"];
  });
  const { code, stdout } = await scratch.runtime().run(args, { stdio: ["ignore", "pipe", "ignore"] });
  assert.deepEqual([code, stdout], [0, "1000:0\n"]);
  const after = statSync("/dev/null");
  assert.deepEqual([after.uid, after.gid, after.mode, after.ctimeMs], [before.uid, before.gid, before.mode, before.ctimeMs]);
});

test("a caller on one CPU: the container has all that its cpuset gives", { skip: needsContainers("processors", "taskset") }, async (t) => {
  const { scratch, args } = prepare(t, (config) => (config.process.args = ["grep", "Cpus_allowed_list", "/proc/self/status"]));
  const { path, root } = scratch.runtime();
  const { stdout } = await runCommand("taskset", ["-c", "0", path, "--root", root, ...args]);
  const all = /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync("/proc/1/status", "utf8"))?.[1];
  assert.equal(stdout, `Cpus_allowed_list:\t${all}\n`);
});

test("lo is up in a new network namespace, and left alone in a joined one", { skip }, async (t) => {
  const flags = ["cat", "/sys/class/net/lo/flags"];
  const fresh = prepare(t, (config) => (config.process.args = flags));
  assert.equal((await fresh.scratch.runtime().ok(fresh.args)).stdout, "0x9\n");
  const held = await holdNamespaces();
  t.after(held.end);
  await runCommand("nsenter", [`--net=${held.path("net")}`, "ip", "link", "set", "lo", "down"]);
  const joined = prepare(t, (config) => {
    config.process.args = flags;
    for (const namespace of config.linux.namespaces) if (namespace.type === "network") namespace.path = held.path("net");
  });
  assert.equal((await joined.scratch.runtime().ok(joined.args)).stdout, "0x8\n");
});

test("a namespace's path to one of another type is refused before anything is made", { skip }, async (t) => {
  const text = await refusal(t, (config) => {
    for (const namespace of config.linux.namespaces) if (namespace.type === "ipc") namespace.path = "/proc/self/ns/uts";
  });
  assert.match(text, /config\.json:\d+:\d+ \/linux\/namespaces\/\d+/);
  assert.match(text, /uts|not an? ipc/i);
});

test("annotations: dots and slashes are kept, what is no string is an error with its place", { skip }, async (t) => {
  const annotations = { "org.example/a.b-c": "x", "": "empty" };
  const { scratch, bundle, id } = prepare(t, (config) => (config["annotations"] = annotations));
  const runtime = scratch.runtime();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  assert.deepEqual((await runtime.state(id)).annotations, annotations);
  const text = await refusal(t, (config) => (config["annotations"] = { a: 5 }));
  assert.match(text, /config\.json:\d+:\d+ \/annotations\/a: .*string/);
});

test("exec --user: -1 and words are refused, a uid alone keeps the gid of config.json", { skip }, async (t) => {
  const { scratch, bundle, id } = prepare(t, (config) => {
    config.process.args = ["sleep", "1000"];
    config.process.user = { uid: 0, gid: 7, additionalGids: [9] };
  });
  const runtime = scratch.runtime();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  await runtime.ok(["start", id]);
  for (const user of ["-1", "1:-1", "4294967295", "root"]) {
    const { code, stdout } = await runtime.run(["exec", "--user", user, id, "id"]);
    assert.deepEqual([code, stdout], [255, ""], user);
  }
  const { stdout } = await runtime.ok(["exec", "--user", "5", "--additional-gids", "11", id, "sh", "-c", "id -u; id -g; id -G"]);
  assert.equal(stdout, "5\n7\n7 9 11\n");
});

test("a relative --log of several runtimes at once: a record a line", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const fail = () => scratch.runtime().run(["--log", "log", "--log-format", "json", "state", "nobody"], { cwd: scratch.dir });
  await Promise.all(Array.from({ length: 8 }, fail));
  const fd = openSync(scratch.path("log"), "r");
  const lines = readFileSync(fd, "utf8").split("\n");
  closeSync(fd);
  assert.equal(lines.pop(), "");
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { msg: string }).msg),
    Array.from({ length: 8 }, () => "container does not exist"),
  );
});
