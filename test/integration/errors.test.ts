// What a failed command says, where, and that it leaves nothing: engines act on these words (survey 3.10, 3.11).
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { runCommand, startCommand } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { holdNamespaces } from "../support/namespaces.js";
import type { TestConfig } from "../support/config.js";
import { tsruncPath } from "../support/paths.js";
import { needs, needsContainers } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";

const skip = needsContainers();
/** One of the two, with its controllers. */
const skipCgroups = skip || (needs("cgroup1") && needs("cgroup2"));

interface Failure {
  readonly msg: string;
  readonly scratch: Scratch;
}

/** `create` of a bundle must fail, with one JSON record in the log, the same text on stderr, and nothing left on the host. */
async function createFails(t: TestContext, change: (config: TestConfig, bundle: Bundle) => void, flags: string[] = []): Promise<Failure> {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  change(bundle.config, bundle);
  bundle.save();
  const log = scratch.path("log.json");
  const args = ["--log", log, "--log-format", "json", "create", "--bundle", bundle.dir, ...flags, scratch.id()];
  const { code, stdout, stderr } = await runtime.run(args);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, stderr);
  const records = readFileSync(log, "utf8").trimEnd().split("\n");
  assert.equal(records.length, 1, "one record");
  const { level, msg, time } = JSON.parse(records[0] ?? "") as Record<string, string>;
  assert.equal(level, "error");
  assert.match(time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
  assert.equal(stderr, `${msg}\n`);
  await assertNothingLeft(scratch.marker, [runtime.root]);
  return { msg: msg ?? "", scratch };
}

const START = "tsrunc create failed: unable to start container process: ";

test("a command that is not in PATH", { skip }, async (t) => {
  const { msg } = await createFails(t, (config) => (config.process.args = ["nosuch"]));
  assert.ok(msg.startsWith(START), msg);
  assert.match(msg, /\(config\.json:\d+:\d+ \/process\/args\/0\): exec: "nosuch": executable file not found in \$PATH/);
});

test("a command that does not exist, may not be executed, is a directory", { skip }, async (t) => {
  const missing = await createFails(t, (config) => (config.process.args = ["/nosuch"]));
  assert.match(missing.msg, /exec: "\/nosuch": stat \/nosuch: no such file or directory/);
  const plain = await createFails(t, (config, bundle) => {
    writeFileSync(join(bundle.rootfs, "plain"), "x", { mode: 0o644 });
    config.process.args = ["/plain"];
  });
  assert.match(plain.msg, /exec: "\/plain": permission denied/);
  const directory = await createFails(t, (config) => (config.process.args = ["/bin"]));
  assert.match(directory.msg, /exec: "\/bin": (permission denied|is a directory)/);
});

test("a mount: step, line of config.json, call, errno, and what to change", { skip }, async (t) => {
  const { msg } = await createFails(t, (config) => {
    config.mounts.push({ destination: "/x", type: "bind", source: "/no/such/source", options: ["rbind"] });
  });
  assert.ok(msg.startsWith(`${START}mounts/7/`), msg);
  assert.match(msg, /\(config\.json:\d+:\d+ \/mounts\/7\): .*\/no\/such\/source.*: ENOENT \(no such file or directory\) \[hint: .*source/);
});

test("a directory onto a file: Docker's hint", { skip }, async (t) => {
  const { msg } = await createFails(t, (config, bundle) => {
    writeFileSync(join(bundle.rootfs, "file"), "");
    config.mounts.push({ destination: "/file", type: "bind", source: "/tmp", options: ["rbind"] });
  });
  assert.match(msg, /ENOTDIR \(not a directory\).*Are you trying to mount a directory onto a file \(or vice-versa\)\?/);
});

test("hooks of create: output and status in the text, the container gone, poststop runs after", { skip }, async (t) => {
  for (const kind of ["prestart", "createRuntime", "createContainer"]) {
    const { msg, scratch } = await createFails(t, (config, bundle) => {
      const fail = join(bundle.dir, "fail.sh");
      writeFileSync(fail, "#!/bin/sh\necho out; echo err >&2; exit 3\n", { mode: 0o755 });
      const poststop = join(bundle.dir, "poststop.sh");
      writeFileSync(poststop, `#!/bin/sh\ncat > ${bundle.dir}/../poststop.json\n`, { mode: 0o755 });
      config.hooks = { [kind]: [{ path: fail }], poststop: [{ path: poststop }] };
    });
    assert.match(msg, new RegExp(`error running ${kind} hook #0: exit status 3, stdout: out.*, stderr: err`), kind);
    assert.match(msg, new RegExp(`hooks/${kind}/0 \\(config\\.json:\\d+:\\d+ /hooks/${kind}/0\\)`));
    const state = JSON.parse(readFileSync(scratch.path("poststop.json"), "utf8")) as Record<string, unknown>;
    assert.equal(state["status"], "stopped");
  }
});

test("a hook that runs too long is killed", { skip }, async (t) => {
  const { msg } = await createFails(t, (config) => {
    config.hooks = { prestart: [{ path: "/bin/sleep", args: ["sleep", "1000"], timeout: 1 }] };
  });
  assert.match(msg, /error running prestart hook #0: hook ran past specified timeout of 1\.0s/);
});

test("a hook that is not there", { skip }, async (t) => {
  const { msg } = await createFails(t, (config) => (config.hooks = { createRuntime: [{ path: "/no/such/hook" }] }));
  assert.match(msg, /error running createRuntime hook #0: .*no such file or directory/);
});

test("config.json: missing, empty, wrong", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const dir = scratch.path("b");
  mkdirSync(dir);
  const fails = async (text: string | undefined, expected: RegExp) => {
    if (text !== undefined) writeFileSync(join(dir, "config.json"), text);
    const { code, stderr } = await runtime.run(["create", "--bundle", dir, scratch.id()]);
    assert.equal(code, 1);
    assert.match(stderr, expected);
    assert.match(stderr, /^time="[^"]+" level=error msg="tsrunc create failed: /);
  };
  await fails(undefined, /JSON specification file config\.json not found/);
  await fails("", /config cannot be null/);
  await fails('{\n  "process": 1\n}', /config\.json:1:1|config\.json:2/);
  await fails("{,}", /config\.json:1:2/);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("ids that are no names", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  for (const id of ["", ".", "..", "a/b", "../x", "a b", "ä"]) {
    for (const command of ["create", "state", "delete"]) {
      const { code, stderr } = await runtime.run([command, id]);
      assert.equal(code, 1, `${command} ${id}`);
      assert.match(stderr, /invalid container ID format/);
    }
  }
});

test("a terminal needs a console socket, and the reverse", { skip }, async (t) => {
  const without = await createFails(t, (config) => (config.process.terminal = true));
  assert.match(without.msg, /cannot allocate tty if tsrunc will detach without setting console socket/);
  const needless = await createFails(t, () => undefined, ["--console-socket", "/tmp/x"]);
  assert.match(needless.msg, /cannot use console socket if tsrunc will not detach or allocate tty/);
});

test("a console socket that nobody listens on", { skip }, async (t) => {
  const { msg } = await createFails(t, (config) => (config.process.terminal = true), ["--console-socket", "/no/such/socket"]);
  assert.match(msg, /console\/connect .*no such file or directory/);
});

test("a memory limit that init does not fit in", { skip: skipCgroups }, async (t) => {
  const { msg } = await createFails(t, (config) => (config.linux.resources.memory = { limit: 4096 }));
  assert.match(msg, /container init was OOM-killed \(memory limit too low\?\)|memory\.(limit_in_bytes|max)/);
});

test("a cgroup that others live in is refused and left alone", { skip: skipCgroups }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const path = `/${scratch.marker}-shared`;
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] }, linux: { cgroupsPath: path } });
  const first = scratch.id();
  assert.equal((await runtime.create(first, bundle.dir)).code, 0);
  const second = await runtime.run(["create", "--bundle", bundle.dir, scratch.id()]);
  assert.equal(second.code, 1);
  assert.match(second.stderr, /container's cgroup is not empty: 1 process\(es\) found/);
  assert.equal((await runtime.state(first)).status, "created");
  await runtime.ok(["delete", first]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("start: the exact error of exec, with its hint; the container is stopped then", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["/script"] } });
  const script = join(bundle.rootfs, "script");
  const cases: [string, RegExp][] = [
    ["#!/no/such/interpreter\n", /exec \/script: no such file or directory.*hint: .*interpreter/],
    ["\x7fELF garbage", /exec \/script: exec format error.*hint: .*architecture/],
  ];
  for (const [content, expected] of cases) {
    writeFileSync(script, content);
    chmodSync(script, 0o755);
    const id = scratch.id();
    assert.equal((await runtime.create(id, bundle.dir)).code, 0);
    const { code, stderr } = await runtime.run(["start", id]);
    assert.equal(code, 1);
    assert.match(stderr, /unable to start container process: .*\(config\.json:\d+:\d+ \/process\/args/);
    assert.match(stderr, expected);
    assert.equal((await runtime.state(id)).status, "stopped");
    await runtime.ok(["delete", id]);
  }
});

test("startContainer and poststart hooks that fail stop the container", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  for (const kind of ["startContainer", "poststart"]) {
    const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] }, hooks: { [kind]: [{ path: "/bin/false" }] } });
    const id = scratch.id();
    assert.equal((await runtime.create(id, bundle.dir)).code, 0);
    const { code, stderr } = await runtime.run(["start", id]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`error running ${kind} hook #0: exit status 1`));
    assert.equal((await runtime.state(id)).status, "stopped");
    await runtime.ok(["delete", id]);
  }
});

test("a poststop hook that fails is a warning; the next one runs", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const touch = { path: "/usr/bin/touch", args: ["touch", scratch.path("second")] };
  const bundle = scratch.makeBundle({ process: { args: ["true"] }, hooks: { poststop: [{ path: "/bin/false" }, touch] } });
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir)).code, 0);
  const { code, stderr } = await runtime.run(["delete", id]);
  assert.equal(code, 0);
  assert.match(stderr, /level=warning .*error running poststop hook #0: exit status 1/);
  assert.ok(existsSync(scratch.path("second")));
});

test("a net.* sysctl with a path to the host's own network namespace; one that is not the host's is fine", { skip }, async (t) => {
  const change = (path: string) => (config: TestConfig) => {
    config.linux.sysctl = { "net.core.somaxconn": "234" };
    for (const entry of config.linux.namespaces) if (entry.type === "network") entry.path = path;
  };
  const { msg } = await createFails(t, change(`/proc/${process.pid}/ns/net`));
  assert.ok(msg.startsWith(START), msg);
  assert.match(
    msg,
    /\(config\.json:\d+:\d+ \/linux\/namespaces\/\d\): sysctl "net\.core\.somaxconn" not allowed in host network namespace/,
  );
  const held = await holdNamespaces();
  t.after(() => held.end());
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle(change(held.path("net")));
  bundle.config.process.args = ["cat", "/proc/sys/net/core/somaxconn"];
  bundle.save();
  assert.equal((await scratch.runtime().ok(["run", "--bundle", bundle.dir, scratch.id()])).stdout, "234\n");
});

test("id maps that are not those of the joined user namespace", { skip }, async (t) => {
  const held = startCommand("unshare", ["--user", "sh", "-c", "echo; exec sleep 100"]);
  t.after(() => held.kill("SIGKILL"));
  await once(held.stdout as Readable, "data");
  for (const kind of ["uid", "gid"]) writeFileSync(`/proc/${held.pid}/${kind}_map`, "0 0 1000\n1000 101000 64536\n");
  const change = (mappings: object[]) => (config: TestConfig) => {
    config.linux.namespaces.push({ type: "user", path: `/proc/${held.pid}/ns/user` });
    config.linux.uidMappings = config.linux.gidMappings = mappings;
    config.process.args = ["cat", "/proc/self/uid_map"];
  };
  const { msg } = await createFails(t, change([{ containerID: 0, hostID: 0, size: 65536 }]));
  assert.match(
    msg,
    /user namespaces enabled, but both namespace path and non-matching mappings specified \[hint: .* 0 0 1000, 1000 101000 64536:/,
  );
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  // The order and the cut of the ranges are no difference.
  const same = [
    { containerID: 1000, hostID: 101000, size: 64536 },
    { containerID: 0, hostID: 0, size: 500 },
    { containerID: 500, hostID: 500, size: 500 },
  ];
  const { stdout, stderr, code } = await runtime.run(["run", "--bundle", scratch.makeBundle(change(same)).dir, scratch.id()]);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^\s*0\s+0\s+1000\n\s*1000\s+101000\s+64536\n$/);
});

test("a full disk under the state root: the file by name, nothing left", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  bundle.save();
  const root = scratch.path("full");
  mkdirSync(root);
  // A filesystem of two pages, both taken, in a mount namespace of its own.
  const script =
    'mount -t tmpfs -o size=8k tmpfs "$1" && { head -c 8192 /dev/zero > "$1/fill"; "$2" --root "$1" run --bundle "$3" "$4"; code=$?; ls "$1"; exit $code; }';
  const command = ["-m", "--propagation", "private", "sh", "-c", script, "sh", root, tsruncPath, bundle.dir, scratch.id()];
  const { code, stdout, stderr } = await runCommand("unshare", command);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "fill\n" }, stderr);
  assert.match(stderr, /store\/create \(default:store\): write\(\\"[^"]*journal\.json[^"]*\\"\): ENOSPC \(no space left on device\)/);
  await assertNothingLeft(scratch.marker, [root]);
});
