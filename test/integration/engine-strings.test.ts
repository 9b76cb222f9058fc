// Words and exit codes that engines act on (survey 3.10, 3.11), each provoked for real. The name of a test says who matches what, where.
// Those that never come, and what comes instead: docs/compatibility.md, "Words of runc that never come".
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { type ConfigPatch } from "../support/config.js";
import { cgroupsOf } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";

const skip = needsContainers();
const skipV1 = needsContainers("cgroup1");
const quiet = { stdio: ["ignore", "ignore", "ignore"] } as const;

class Subject {
  readonly scratch: Scratch;
  readonly id: string;
  readonly #patch: ConfigPatch;
  #bundle: Bundle | undefined;

  constructor(t: TestContext, patch: ConfigPatch = {}) {
    this.scratch = new Scratch(t);
    this.id = this.scratch.id();
    this.#patch = patch;
  }

  readonly runtime = () => this.scratch.runtime();

  get bundle(): Bundle {
    return (this.#bundle ??= this.scratch.makeBundle((config) => {
      config.process.args = ["sleep", "1000"];
      config.linux.cgroupsPath = `/${this.scratch.marker}`;
      if (typeof this.#patch === "function") this.#patch(config);
    }));
  }

  /** Brings the container there. */
  async to(status: "created" | "running" | "paused" | "stopped"): Promise<this> {
    const ok = async (...args: string[]) => assert.equal((await this.runtime().run(args, quiet)).code, 0, args.join(" "));
    await ok("create", "--bundle", this.bundle.dir, this.id);
    if (status !== "created") await ok("start", this.id);
    if (status === "paused") await ok("pause", this.id);
    if (status === "stopped") await ok("kill", this.id, "9");
    if (status === "stopped") await this.runtime().waitFor(this.id, "stopped");
    return this;
  }

  /** The message that an engine gets: `msg` of the only record in the log, and the whole of stderr. */
  async fails(args: readonly string[], code = 1): Promise<string> {
    const log = this.scratch.path(`log-${Math.random()}`);
    const result = await this.runtime().run(["--log", log, "--log-format", "json", ...args]);
    assert.deepEqual({ code: result.code, stdout: result.stdout }, { code, stdout: "" }, result.stderr);
    // podman parses the whole file as one object.
    const record = JSON.parse(readFileSync(log, "utf8")) as Record<string, string>;
    assert.equal(record["level"], "error");
    assert.equal(result.stderr, `${record["msg"]}\n`);
    return record["msg"] ?? "";
  }

  create(): Promise<string> {
    return this.fails(["create", "--bundle", this.bundle.dir, this.id]);
  }

  exec(...args: string[]): Promise<string> {
    return this.fails(["exec", this.id, ...args], 255);
  }
}

const match = (name: string, check: (t: TestContext) => Promise<void>) => test(name, { skip }, check);

/** dockerd and podman match these in the text of both commands; dockerd minds the case. */
const programs: readonly [string, string, (rootfs: string) => void, RegExp][] = [
  ["executable file not found in $PATH", "nosuch", () => undefined, /exec: "nosuch": executable file not found in \$PATH/],
  ["no such file or directory", "/nosuch", () => undefined, /exec: "\/nosuch": stat \/nosuch: no such file or directory/],
  ["permission denied", "/plain", (rootfs) => writeFileSync(join(rootfs, "plain"), ""), /exec: "\/plain": permission denied/],
  ["is a directory", "/dir", (rootfs) => mkdirSync(join(rootfs, "dir")), /exec: "\/dir": (is a directory|permission denied)/],
  [
    "not a directory",
    "/plain/x",
    (rootfs) => writeFileSync(join(rootfs, "plain"), ""),
    /exec: "\/plain\/x": stat \/plain\/x: not a directory/,
  ],
];

for (const [words, program, prepare, expected] of programs) {
  match(`${words}: dockerd (exit code 126 or 127 of docker run), podman (define/exec_codes) from create`, async (t) => {
    const subject = new Subject(t, (config) => (config.process.args = [program]));
    prepare(subject.bundle.rootfs);
    const text = await subject.create();
    assert.ok(text.startsWith("tsrunc create failed: unable to start container process: "), text);
    assert.match(text, expected);
  });
  match(`${words}: dockerd (docker exec), podman, conmon from exec, which exits with 255`, async (t) => {
    const subject = new Subject(t);
    prepare(subject.bundle.rootfs);
    await subject.to("running");
    const text = await subject.exec(program);
    assert.ok(text.startsWith("exec failed: unable to start container process: "), text);
    assert.match(text, expected);
  });
}

match("not a directory: dockerd's hint about a directory mounted onto a file", async (t) => {
  const subject = new Subject(t, (config) => {
    config.mounts.push({ destination: "/plain", type: "bind", source: "/tmp", options: ["rbind"] });
  });
  writeFileSync(join(subject.bundle.rootfs, "plain"), "");
  assert.match(await subject.create(), /not a directory.*Are you trying to mount a directory onto a file/);
});

match("container does not exist: containerd shim (kill: NotFound; delete), CRI-O, from every command", async (t) => {
  const subject = new Subject(t);
  await subject.runtime().run(["list"]);
  const commands = ["start", "kill", "delete", "state", "pause", "resume", "ps", "events", "update", "checkpoint"];
  for (const command of commands) {
    const more = command === "update" ? ["--pids-limit", "5"] : [];
    assert.match(await subject.fails([command, ...more, subject.id]), /(^|failed: )container does not exist$/, command);
  }
  assert.match(await subject.exec("true"), /^exec failed: container does not exist$/);
});

match("delete --force of what is not there: exit code 0 and nothing said, containerd shim (always twice), podman", async (t) => {
  const { runtime, id } = new Subject(t);
  await runtime().ok(["delete", "--force", id]);
});

match("container with given ID already exists: containerd's and podman's messages", async (t) => {
  assert.match(await (await new Subject(t).to("created")).create(), /container with given ID already exists/);
});

match("container not running: containerd shim (kill, lower case: NotFound), CRI-O (kill)", async (t) => {
  const subject = await new Subject(t).to("stopped");
  assert.match(await subject.fails(["kill", subject.id, "15"]), /container not running/);
  assert.match(await subject.fails(["pause", subject.id]), /container not running/);
});

match("kill --all of a stopped container: exit code 0, containerd shim after the end of an init without a pid namespace", async (t) => {
  const { runtime, id } = await new Subject(t).to("stopped");
  await runtime().ok(["kill", "--all", id, "9"]);
});

match("KILL without SIG, and --all as -a: CRI-O (kill)", async (t) => {
  const { runtime, id } = await new Subject(t).to("running");
  await runtime().ok(["kill", id, "KILL"]);
  await runtime().waitFor(id, "stopped");
  await runtime().ok(["kill", "-a", id, "9"]);
});

match("cannot delete container X that is not stopped: containerd's and podman's messages", async (t) => {
  const subject = await new Subject(t).to("running");
  assert.match(
    await subject.fails(["delete", subject.id]),
    new RegExp(`^cannot delete container ${subject.id} that is not stopped: running$`),
  );
});

test("container init still running: containerd's message (delete), for a process that takes no SIGKILL", { skip: skipV1 }, async (t) => {
  // What a cgroup above has frozen, v1's freezer keeps from dying, and nobody but the owner of that one can thaw it.
  const subject = new Subject(t, (config) => (config.linux.cgroupsPath = `${config.linux.cgroupsPath}/inner`));
  await subject.to("running");
  const above = cgroupsOf(subject.scratch.marker).find((path) => existsSync(join(path, "freezer.state")) && !path.endsWith("/inner")) ?? "";
  writeFileSync(join(above, "freezer.state"), "FROZEN");
  try {
    assert.match(await subject.fails(["delete", "--force", subject.id]), /^container init still running$/);
    assert.equal((await subject.runtime().state(subject.id)).id, subject.id);
  } finally {
    writeFileSync(join(above, "freezer.state"), "THAWED");
  }
  // The signal was waiting: now all of it goes.
  await subject.runtime().ok(["delete", "--force", subject.id]);
});

test("(possibly OOM-killed): podman's message, for an exec that its memory limit leaves no room", { skip: skipV1 }, async (t) => {
  const subject = await new Subject(t).to("running");
  // A cgroup of its own, so that the kernel cannot choose init instead.
  const memory = cgroupsOf(subject.scratch.marker).find((path) => existsSync(join(path, "memory.limit_in_bytes"))) ?? "";
  mkdirSync(join(memory, "low"));
  writeFileSync(join(memory, "low/memory.limit_in_bytes"), "4096");
  const text = await subject.fails(["exec", "--cgroup", "memory:low", subject.id, "true"], 255);
  assert.match(text, /^exec failed: unable to start container process: .*killed by signal 9 \(possibly OOM-killed\)/);
  assert.equal((await subject.runtime().state(subject.id)).status, "running");
});

match("cannot start an already running container, one that has stopped: podman's and CRI-O's messages", async (t) => {
  const running = await new Subject(t).to("running");
  assert.match(await running.fails(["start", running.id]), /cannot start an already running container/);
  const stopped = await new Subject(t).to("stopped");
  assert.match(await stopped.fails(["start", stopped.id]), /cannot start a container that has stopped/);
});

match("cannot exec in a stopped, in a paused container: dockerd's and podman's messages, exit code 255", async (t) => {
  assert.match(await (await new Subject(t).to("stopped")).exec("true"), /cannot exec in a stopped container/);
  const paused = await new Subject(t).to("paused");
  assert.match(await paused.exec("true"), /cannot exec in a paused container \(use --ignore-paused to override\)/);
});

match("container not paused, container paused: containerd's messages (resume, pause)", async (t) => {
  const running = await new Subject(t).to("running");
  assert.match(await running.fails(["resume", running.id]), /container not paused/);
  const paused = await new Subject(t).to("paused");
  assert.match(await paused.fails(["pause", paused.id]), /container paused/);
});

match("unknown signal, invalid container ID format: podman's messages", async (t) => {
  const subject = await new Subject(t).to("running");
  assert.match(await subject.fails(["kill", subject.id, "SIGNO"]), /unknown signal "SIGNO"/);
  assert.match(await subject.fails(["state", "a/b"]), /invalid container ID format/);
});

match("Container cannot be checkpointed in X state: dockerd's and podman's message", async (t) => {
  const subject = await new Subject(t).to("created");
  assert.match(await subject.fails(["checkpoint", subject.id]), /Container cannot be checkpointed in created state/);
});

match("File config.json exists: people, scripts around spec", async (t) => {
  const subject = new Subject(t);
  assert.match(await subject.fails(["spec", "--bundle", subject.bundle.dir]), /File config\.json exists\. Remove it first/);
});

match("flag needs an argument: CRI-O probes restore --lsm-mount-context", async (t) => {
  const { code, stdout, stderr } = await new Subject(t).runtime().run(["restore", "--lsm-mount-context"]);
  assert.equal(code, 1);
  assert.match(stdout + stderr, /flag needs an argument/);
});

match("checkpoint --help: exit code 0, podman and CRI-O take it for support", async (t) => {
  await new Subject(t).runtime().ok(["checkpoint", "--help"]);
});

match("run and exec pass the program's exit code, 128 + n for a signal: BuildKit, CRI-O (exec without --detach)", async (t) => {
  const subject = await new Subject(t).to("running");
  const exec = async (script: string) => (await subject.runtime().run(["exec", subject.id, "sh", "-c", script])).code;
  assert.deepEqual([await exec("exit 7"), await exec("kill -9 $$")], [7, 137]);
  const ended = new Subject(t, (config) => (config.process.args = ["sh", "-c", "exit 9"]));
  assert.equal((await ended.runtime().run(["run", "--bundle", ended.bundle.dir, ended.id])).code, 9);
});

match("stdout and stderr together are JSON: go-runc (state, list, ps), dockerd and CRI-O (features)", async (t) => {
  const { runtime, id } = await new Subject(t).to("running");
  const together = async (...args: string[]) => {
    const { code, stdout, stderr } = await runtime().run(args);
    assert.equal(code, 0);
    return JSON.parse(stdout + stderr) as unknown;
  };
  assert.equal(((await together("state", id)) as { id: string }).id, id);
  assert.deepEqual(
    ((await together("list", "--format=json")) as { id: string }[]).map((item) => item.id),
    [id],
  );
  assert.ok(Array.isArray(await together("ps", "--format", "json", id)));
  assert.equal(((await together("features")) as { ociVersionMin: string }).ociVersionMin, "1.0.0");
});
