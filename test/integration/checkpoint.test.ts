// checkpoint and restore with a real CRIU: what goes on, what is refused, what is left.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { cgroupWith } from "../support/cgroups.js";
import { type CommandOptions, type CommandResult, sleep, waitUntil } from "../support/command.js";
import { applyPatch, type ConfigPatch } from "../support/config.js";
import { criuEnvironment, needsCriu, tracksMemory } from "../support/criu.js";
import { assertNothingLeft, mountsOf } from "../support/leaks.js";
import { needs } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";
import type { Runtime } from "../support/runtime.js";

const skip = needsCriu();

/** Counts in /count/n, on a tmpfs of its own. */
const counter = "i=0; while :; do i=$((i+1)); echo $i > /count/n; sleep 0.05; done";
const quiet = ["ignore", "ignore", "ignore"] as const;

class Subject {
  readonly scratch: Scratch;
  readonly runtime: Runtime;
  readonly id: string;
  readonly env: Record<string, string>;
  readonly images: string;
  readonly work: string;
  readonly #patch: ConfigPatch;

  constructor(t: TestContext, patch: ConfigPatch = {}) {
    this.scratch = new Scratch(t);
    this.runtime = this.scratch.runtime();
    this.id = this.scratch.id();
    this.env = criuEnvironment(this.scratch);
    this.images = this.scratch.path("images");
    this.work = this.scratch.path("work");
    this.#patch = patch;
  }

  /** The same container, on a rootfs that none has run on. */
  bundle(): Bundle {
    return this.scratch.makeBundle((config) => {
      config.process.args = ["sh", "-c", counter];
      config.mounts.push({ destination: "/count", type: "tmpfs", source: "tmpfs", options: ["mode=755"] });
      config.linux.cgroupsPath = `/${this.scratch.marker}`;
      applyPatch(config, this.#patch);
    });
  }

  async start(flags: readonly string[] = []): Promise<void> {
    const bundle = this.bundle();
    const { code } = await this.runtime.run(["run", "--detach", ...flags, "--bundle", bundle.dir, this.id], { stdio: quiet });
    assert.equal(code, 0);
  }

  run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.runtime.run(args, { env: this.env, ...options });
  }

  ok(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return this.runtime.ok(args, { env: this.env, ...options });
  }

  checkpoint(...flags: string[]): Promise<CommandResult> {
    return this.ok(["checkpoint", "--image-path", this.images, "--work-path", this.work, ...flags, this.id]);
  }

  /** In the background; stderr goes to a file, as the container would hold a pipe. */
  async restore(...flags: string[]): Promise<void> {
    const { code } = await this.tryRestore(...flags);
    assert.equal(code, 0, this.log());
  }

  tryRestore(...flags: string[]): Promise<CommandResult> {
    const { dir } = this.bundle();
    const log = ["--log", this.scratch.path("log")];
    const paths = ["--image-path", this.images, "--work-path", this.work, "--bundle", dir];
    return this.run([...log, "restore", "--detach", ...paths, ...flags, this.id], { stdio: quiet });
  }

  log(): string {
    const file = this.scratch.path("log");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  async sh(script: string): Promise<string> {
    return (await this.ok(["exec", this.id, "sh", "-c", script])).stdout.trim();
  }

  async count(): Promise<number> {
    return Number(await this.sh("cat /count/n"));
  }

  async counts(): Promise<number> {
    let first = 0;
    await waitUntil("a first number", async () => (first = await this.count()) > 0);
    await waitUntil("the counter goes on", async () => (await this.count()) > first);
    return this.count();
  }

  async nothingLeft(): Promise<void> {
    await assertNothingLeft(this.scratch.marker, [this.runtime.root]);
  }
}

test("a counter goes on from where it was, on a new rootfs, in its cgroup, with its mounts", { skip }, async (t) => {
  const data = (subject: Subject): string => subject.scratch.path("data");
  const subject: Subject = new Subject(t, (config) => {
    config.mounts.push({ destination: "/made/for/data", type: "bind", source: data(subject), options: ["rbind", "ro"] });
    config.linux.resources.pids = { limit: 77 };
  });
  mkdirSync(data(subject));
  writeFileSync(join(data(subject), "f"), "from outside");
  await subject.start();
  const before = await subject.counts();
  await subject.checkpoint();
  assert.match((await subject.run(["state", subject.id])).stderr, /container does not exist/);
  await subject.nothingLeft();
  assert.ok(existsSync(join(subject.work, "dump.log")));
  assert.ok(existsSync(join(subject.images, "descriptors.json")));
  const pidFile = subject.scratch.path("pid");
  // As containerd spells it.
  await subject.restore("-no-subreaper", "--pid-file", pidFile);
  const state = await subject.runtime.state(subject.id);
  assert.equal(state.status, "running");
  assert.equal(readFileSync(pidFile, "utf8"), String(state.pid));
  const after = await subject.counts();
  assert.ok(after >= before && after < before + 1000, `${before} -> ${after}`);
  assert.equal(await subject.sh("cat /made/for/data/f; touch /made/for/data/x 2>/dev/null || echo; echo ro"), "from outside\nro");
  const cgroups = readFileSync(`/proc/${state.pid}/cgroup`, "utf8").trim().split("\n");
  assert.deepEqual(
    cgroups.filter((line) => !line.endsWith(`:/${subject.scratch.marker}`)),
    [],
  );
  assert.equal(await subject.sh("wc -c < /proc/keys"), "0", "masked as before");
  assert.deepEqual(mountsOf(subject.scratch.marker), [], "nothing is mounted on the host");
  await subject.ok(["kill", subject.id, "KILL"]);
  await subject.runtime.waitFor(subject.id, "stopped");
  await subject.ok(["delete", subject.id]);
  await subject.nothingLeft();
});

test("a restored container can be checkpointed again", { skip }, async (t) => {
  const subject = new Subject(t);
  await subject.start();
  let last = await subject.counts();
  for (let round = 0; round < 2; round++) {
    rmSync(subject.images, { recursive: true, force: true });
    await subject.checkpoint();
    await subject.restore();
    const next = await subject.counts();
    assert.ok(next >= last);
    last = next;
  }
  await subject.ok(["delete", "--force", subject.id]);
  await subject.nothingLeft();
});

test("--leave-running: it goes on; of a paused one once it is resumed (containerd pauses first)", { skip }, async (t) => {
  const subject = new Subject(t);
  await subject.start();
  await subject.checkpoint("--leave-running");
  await subject.counts();
  await subject.ok(["pause", subject.id]);
  await subject.checkpoint("--leave-running", "--leave-running");
  assert.equal((await subject.runtime.state(subject.id)).status, "paused");
  await subject.ok(["resume", subject.id]);
  await subject.counts();
  await subject.ok(["pause", subject.id]);
  await subject.checkpoint();
  await subject.nothingLeft();
  await subject.restore();
  await subject.counts();
});

test(
  "--pre-dump where the kernel does not track memory is refused",
  { skip: skip || (tracksMemory() && "this kernel does") },
  async (t) => {
    const subject = new Subject(t);
    await subject.start();
    const { code, stderr } = await subject.run(["checkpoint", "--pre-dump", "--image-path", subject.images, subject.id]);
    assert.equal(code, 1);
    assert.match(stderr, /criu is missing features: mem_track/);
    await subject.counts();
  },
);

const untracked = skip || (!tracksMemory() && "the kernel does not track memory (criu check --feature mem_dirty_track)");

test("--pre-dump, then a checkpoint of what has changed since", { skip: untracked }, async (t) => {
  const subject = new Subject(t);
  await subject.start();
  await subject.counts();
  const first = subject.scratch.path("first");
  await subject.ok(["checkpoint", "--pre-dump", "--image-path", first, subject.id]);
  assert.ok(existsSync(join(first, "dump.log")), "the log is with the images when there is no --work-path");
  assert.ok(!existsSync(join(first, "descriptors.json")));
  await subject.counts();
  await subject.ok(["checkpoint", "--pre-dump", "--image-path", subject.scratch.path("second"), "--parent-path", "../first", subject.id]);
  const before = await subject.counts();
  await subject.checkpoint("--parent-path", "../second");
  assert.ok(readdirSync(subject.images).includes("parent"));
  await subject.restore();
  assert.ok((await subject.counts()) >= before);
});

test("every flag that CRIU has to accept, at checkpoint and at restore", { skip }, async (t) => {
  const subject = new Subject(t);
  await subject.start();
  const both = ["--tcp-established", "--ext-unix-sk", "--shell-job", "--file-locks", "--auto-dedup", "--empty-ns", "network"];
  // To `strict` a cgroup that is there is an error, and ours are made before CRIU is asked: as with runc it is of no use to a restore.
  for (const [mode, back] of [
    ["soft", "soft"],
    ["full", "full"],
    ["strict", "ignore"],
    ["ignore", "soft"],
  ] as const) {
    rmSync(subject.images, { recursive: true, force: true });
    await subject.checkpoint(...both, "--manage-cgroups-mode", mode, "--tcp-skip-in-flight", "--link-remap", "--status-fd=-1");
    await subject.restore(...both, "--manage-cgroups-mode", back, "--no-pivot");
    await subject.counts();
  }
});

/** `locker FILE DONE`: takes the lock, makes DONE and stays; 3 when somebody else has it. */
const locker = `
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
int main(int count, char** words) {
  int fd = open(words[1], O_CREAT | O_RDWR, 0600);
  if (count != 3 || flock(fd, LOCK_EX | LOCK_NB) != 0) return 3;
  close(open(words[2], O_CREAT | O_WRONLY, 0600));
  for (;;) pause();
}
`;

test("file locks are held again after the restore", { skip: skip || needs("gcc") }, async (t) => {
  const subject: Subject = new Subject(t, (config) => {
    config.process.args = ["/locker", "/count/lock", "/count/done"];
    config.mounts.push({ destination: "/locker", type: "bind", source: subject.scratch.path("locker"), options: ["bind"] });
  });
  const built = spawnSync("gcc", ["-static", "-x", "c", "-o", subject.scratch.path("locker"), "-"], { input: locker });
  assert.equal(built.status, 0, built.stderr.toString());
  await subject.start();
  await waitUntil("the lock", async () => (await subject.run(["exec", subject.id, "test", "-e", "/count/done"])).code === 0);
  const refused = await subject.run(["checkpoint", "--image-path", subject.images, subject.id]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /criu\/finish .*criu failed: type DUMP.*log file .*images\/dump\.log: .*[Ll]ock/);
  assert.equal((await subject.runtime.state(subject.id)).status, "running", "it goes on after a checkpoint that failed");
  await subject.checkpoint("--file-locks");
  await subject.restore("--file-locks");
  assert.equal((await subject.run(["exec", subject.id, "/locker", "/count/lock", "/count/again"])).code, 3);
});

test("in the foreground: output comes through, its exit code is ours, nothing is left", { skip }, async (t) => {
  const subject = new Subject(t, (config) => {
    config.process.args = ["sh", "-c", "echo before; while [ ! -e /count/go ]; do sleep 0.05; done; echo after; exit 7"];
  });
  const first = subject.bundle();
  const child = subject.runtime.start(["run", "--bundle", first.dir, subject.id]);
  t.after(() => child.kill("SIGKILL"));
  await outputHas(child, "before");
  await subject.checkpoint();
  const { dir } = subject.bundle();
  const restored = subject.runtime.start(
    ["restore", "--image-path", subject.images, "--work-path", subject.work, "--bundle", dir, subject.id],
    { env: subject.env },
  );
  t.after(() => restored.kill("SIGKILL"));
  const ended = new Promise<number | null>((done) => restored.on("close", done));
  const output = collect(restored);
  await waitUntil("it runs", async () => (await subject.run(["exec", subject.id, "touch", "/count/go"])).code === 0);
  assert.equal(await ended, 7);
  assert.equal(output(), "after\n");
  await subject.nothingLeft();
});

function collect(child: ChildProcess): () => string {
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return () => text;
}

async function outputHas(child: ChildProcess, text: string): Promise<void> {
  const output = collect(child);
  await waitUntil(text, () => output().includes(text));
}

/** Prints what comes over the terminal whose master it is sent, and the payload it came with. */
const terminal = `
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(sys.argv[1]); server.listen(1)
print("listening", flush=True)
connection, _ = server.accept()
data, ancillary, flags, _ = connection.recvmsg(4096, socket.CMSG_SPACE(64))
fds = array.array("i")
for level, kind, payload in ancillary: fds.frombytes(payload[:len(payload) - len(payload) % 4])
print("master", len(fds), data.decode(), flush=True)
while True: sys.stdout.write(os.read(fds[0], 1000).decode()); sys.stdout.flush()
`;

async function listen(t: TestContext, path: string): Promise<() => string> {
  const child = spawn("python3", ["-c", terminal, path], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const output = collect(child);
  await waitUntil("the socket listens", () => output().includes("listening"));
  return output;
}

test("a terminal: the new master goes to the console socket", { skip }, async (t) => {
  const subject = new Subject(t, (config) => {
    config.process.terminal = true;
    config.process.args = ["sh", "-c", 'i=0; while :; do i=$((i+1)); echo "number $i"; echo $i > /count/n; sleep 0.05; done'];
  });
  const first = await listen(t, subject.scratch.path("s1"));
  await subject.start(["--console-socket", subject.scratch.path("s1")]);
  await waitUntil("output", () => first().includes("number 3"));
  const before = await subject.counts();
  await subject.checkpoint();
  const second = await listen(t, subject.scratch.path("s2"));
  await subject.restore("--console-socket", subject.scratch.path("s2"));
  await waitUntil("output", () => second().includes("number"));
  assert.match(second(), /master 1 \S+/);
  assert.ok(Number(/number (\d+)/.exec(second())?.[1]) >= before);
});

test("output to a file of the host goes on in the file that the restore is given", { skip }, async (t) => {
  const subject = new Subject(t, (config) => {
    config.process.args = ["sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; echo $i > /count/n; sleep 0.05; done"];
  });
  const started = openSync(subject.scratch.path("first"), "a");
  const { dir } = subject.bundle();
  const stdio = ["ignore", started, started] as const;
  assert.equal((await subject.runtime.run(["run", "--detach", "--bundle", dir, subject.id], { stdio })).code, 0);
  const before = await subject.counts();
  await subject.checkpoint();
  const restored = openSync(subject.scratch.path("second"), "a");
  const args = ["restore", "--detach", "--image-path", subject.images, "--bundle", subject.bundle().dir, subject.id];
  assert.equal((await subject.run(args, { stdio: ["ignore", restored, restored] })).code, 0);
  const numbers = (): number[] => readFileSync(subject.scratch.path("second"), "utf8").trim().split("\n").map(Number);
  await waitUntil("output", () => numbers().length > 1);
  assert.ok((numbers()[0] ?? 0) >= before, numbers().join());
});

test("limits hold again, even those that CRIU itself would not fit in", { skip }, async (t) => {
  const subject = new Subject(t, (config) => {
    config.linux.resources.pids = { limit: 3 };
    config.linux.resources.memory = { limit: 32 * 1024 * 1024 };
    config.linux.rootfsPropagation = "rshared";
  });
  await subject.start();
  const number = async (): Promise<number> => {
    const { pid } = await subject.runtime.state(subject.id);
    return Number(readFileSync(`/proc/${pid}/root/count/n`, "utf8"));
  };
  await waitUntil("a number", async () => (await number().catch(() => 0)) > 0);
  await subject.checkpoint();
  await subject.restore();
  const first = await number();
  await waitUntil("the counter goes on", async () => (await number()) > first);
  assert.equal(readFileSync(join(cgroupWith(subject.scratch.marker, "pids.max"), "pids.max"), "utf8"), "3\n");
});

test("hooks: those of create once the network namespace is there, with the pid of init; then poststart", { skip }, async (t) => {
  const subject: Subject = new Subject(t, (config) => {
    const hook = (name: string): unknown => [
      { path: "/bin/sh", args: ["sh", "-c", `read -r state; echo "${name} $state $(pwd)" >> ${subject.scratch.path("hooks")}`] },
    ];
    config.hooks = { prestart: hook("prestart"), createRuntime: hook("createRuntime"), poststart: hook("poststart") };
  });
  await subject.start();
  await subject.counts();
  await subject.checkpoint();
  rmSync(subject.scratch.path("hooks"));
  await subject.restore();
  const { pid, bundle } = await subject.runtime.state(subject.id);
  const lines = readFileSync(subject.scratch.path("hooks"), "utf8").trim().split("\n");
  assert.deepEqual(
    lines.map((line) => line.split(" ")[0]),
    ["prestart", "createRuntime", "poststart"],
  );
  for (const line of lines) assert.ok(line.includes(`"pid":${pid},`) && line.endsWith(bundle), line);
});

test("a network namespace of others is left alone and joined again", { skip }, async (t) => {
  const holder = spawn("unshare", ["--net", "sleep", "1000"], { stdio: "ignore" });
  t.after(() => holder.kill("SIGKILL"));
  const path = `/proc/${holder.pid}/ns/net`;
  const subject = new Subject(t, (config) => {
    config.linux.namespaces = [
      ...config.linux.namespaces.filter(({ type }: { type: string }) => type !== "network"),
      { type: "network", path },
    ];
  });
  await sleep(100);
  await subject.start();
  const link = await subject.sh("readlink /proc/self/ns/net");
  await subject.counts();
  await subject.checkpoint();
  await subject.restore();
  await subject.counts();
  assert.equal(await subject.sh("readlink /proc/self/ns/net"), link);
});

test("what is refused", { skip }, async (t) => {
  const subject = new Subject(t);
  const bundle = subject.bundle();
  const refused = async (args: readonly string[], text: RegExp): Promise<void> => {
    const { code, stderr } = await subject.run(args);
    assert.deepEqual({ args, code, lines: stderr.trim().split("\n").length }, { args, code: 1, lines: 1 }, stderr);
    assert.match(stderr, text);
  };
  await refused(["checkpoint", subject.id], /container does not exist/);
  assert.equal((await subject.runtime.create(subject.id, bundle.dir)).code, 0);
  await refused(["checkpoint", subject.id], /Container cannot be checkpointed in created state/);
  await subject.ok(["start", subject.id]);
  const images = ["--image-path", subject.images];
  await refused(["checkpoint", ...images, "--parent-path", "/abs", subject.id], /--parent-path must be relative/);
  await refused(["checkpoint", ...images, "--parent-path", "none", subject.id], /invalid --parent-path/);
  await refused(["checkpoint", ...images, "--page-server", "here", subject.id], /Use --page-server ADDRESS:PORT/);
  await refused(["checkpoint", ...images, "--manage-cgroups-mode", "some", subject.id], /invalid manage-cgroups-mode value/);
  await refused(["checkpoint", ...images, "--empty-ns", "mount", subject.id], /namespace \\"mount\\" is not supported/);
  await refused(["checkpoint", ...images, "--lazy-pages", "--status-fd", "77", subject.id], /invalid --status-fd argument 77/);
  const nowhere = { PATH: "/nonexistent" };
  if (!existsSync("/usr/sbin/criu")) {
    const { stderr } = await subject.runtime.run(["checkpoint", ...images, subject.id], { env: nowhere });
    assert.match(stderr, /exec: \\"criu\\": executable file not found in \$PATH/);
  }
  await subject.counts();
  await subject.checkpoint();
  const restore = ["restore", "--bundle", bundle.dir];
  await refused([...restore, "--image-path", subject.scratch.path("none"), subject.id], /none: no such file or directory/);
  await refused([...restore, "--image-path", subject.work, subject.id], /descriptors\.json: no such file or directory/);
  await refused([...restore, ...images, "--console-socket", "/x", subject.id], /cannot use console socket/);
  await subject.nothingLeft();
  await subject.restore();
  const { pid } = await subject.runtime.state(subject.id);
  await refused([...restore, ...images, subject.id], /container with given ID already exists/);
  assert.equal((await subject.runtime.state(subject.id)).pid, pid, "the first one is untouched");
  await subject.ok(["kill", subject.id, "KILL"]);
  await subject.runtime.waitFor(subject.id, "stopped");
  await refused(["checkpoint", subject.id], /Container cannot be checkpointed in stopped state/);
});

test("a restore that fails says why and leaves nothing", { skip }, async (t) => {
  const subject = new Subject(t);
  await subject.start();
  await subject.counts();
  await subject.checkpoint();
  const core = readdirSync(subject.images).find((name) => name.startsWith("core-")) ?? "";
  rmSync(join(subject.images, core));
  assert.equal((await subject.tryRestore()).code, 1);
  assert.match(subject.log(), /tsrunc restore failed: criu\/\S+ \(default:criu\): criu failed: .*log file .*work\/restore\.log: Error/);
  await subject.nothingLeft();
});

test("a container that somebody kills before CRIU lets it go on: restore does not wait for ever", { skip }, async (t) => {
  const subject = new Subject(t);
  await subject.start();
  await subject.counts();
  await subject.checkpoint();
  const restoring = subject.tryRestore();
  const state = join(subject.runtime.root, subject.id, "state.json");
  // From its state.json on everybody may; CRIU is not done for some milliseconds.
  while (!existsSync(state)) await new Promise(setImmediate);
  process.kill((JSON.parse(readFileSync(state, "utf8")) as { pid: number }).pid, "SIGKILL");
  assert.equal((await restoring).code, 1);
  assert.match(subject.log(), /criu failed: .*log file .*restore\.log/);
  await subject.nothingLeft();
});

test("a hook that fails takes the restored processes with it", { skip }, async (t) => {
  const broken = { broken: false };
  const subject: Subject = new Subject(t, (config) => {
    if (broken.broken) config.hooks = { createRuntime: [{ path: "/bin/false" }] };
  });
  await subject.start();
  await subject.counts();
  await subject.checkpoint();
  broken.broken = true;
  assert.equal((await subject.tryRestore()).code, 1);
  assert.match(subject.log(), /createRuntime hook #0: exit status 1/);
  await subject.nothingLeft();
});

test("a restore that is killed in the middle leaves what delete --force removes", { skip }, async (t) => {
  const slow = { slow: false };
  const subject: Subject = new Subject(t, (config) => {
    const script = `touch ${subject.scratch.path("in-hook")}; exec sleep 1`;
    if (slow.slow) config.hooks = { createRuntime: [{ path: "/bin/sh", args: ["sh", "-c", script] }] };
  });
  await subject.start();
  await subject.counts();
  await subject.checkpoint();
  slow.slow = true;
  const { dir } = subject.bundle();
  const args = ["restore", "--detach", "--image-path", subject.images, "--work-path", subject.work, "--bundle", dir, subject.id];
  const child = subject.runtime.start(args, { env: subject.env, stdio: [...quiet] });
  await waitUntil("the hook", () => existsSync(subject.scratch.path("in-hook")));
  child.kill("SIGKILL");
  await waitUntil("its end", () => child.signalCode !== null);
  await subject.ok(["delete", "--force", subject.id]);
  await subject.nothingLeft();
});

test("probes of podman and CRI-O", { skip: needsCriu() }, async (t) => {
  const subject = new Subject(t);
  const help = await subject.run(["checkpoint", "--help"]);
  assert.equal(help.code, 0);
  const probe = await subject.run(["restore", "--lsm-mount-context"]);
  assert.ok(`${probe.stdout}${probe.stderr}`.includes("flag needs an argument"));
  const features = JSON.parse((await subject.ok(["features"])).stdout);
  assert.equal(features.annotations["org.opencontainers.runc.checkpoint.enabled"], "true");
});
