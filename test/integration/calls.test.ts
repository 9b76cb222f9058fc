// The command lines that containerd, dockerd, BuildKit, podman, conmon and buildah were recorded to call (engines/calls.md of the shared
// directory), one by one: in the situation they were called in, with their descriptors, environment and stdin, then in one where they fail.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { type RecordedCall, recordedCalls, recordedCallsMissing } from "../support/calls.js";
import { cgroupWith } from "../support/cgroups.js";
import { waitUntil } from "../support/command.js";
import { needsCriu } from "../support/criu.js";
import { EngineHost } from "../support/engine-host.js";
import { processesOf } from "../support/leaks.js";
import { listen } from "../support/receiver.js";
import { Replay } from "../support/replay.js";
import { needsContainers } from "../support/requirements.js";

const missing = recordedCallsMissing();
const skip = missing === false ? needsContainers("python3", "unshare") : missing;
const recorded = recordedCalls();
const criuMissing = recorded.length === 0 ? false : needsCriu();
const needsRealCriu = (call: RecordedCall) => /^(checkpoint|restore)$/.test(call.verb) && !call.words.includes("--help");

/** Descriptors of a process of the container: what the engine had open besides must not be there. */
function assertNoLeak(replay: Replay, pid: number): void {
  const preserved = Number(replay.recordedFlag("--preserve-fds") ?? 0);
  const directory = `/proc/${pid}/fd`;
  const expected = Array.from({ length: 3 + preserved }, (_, fd) => String(fd));
  assert.deepEqual(
    readdirSync(directory).sort(),
    expected,
    readdirSync(directory)
      .map((fd) => readlinkSync(join(directory, fd)))
      .join(" "),
  );
  const third = replay.circumstances.fds.get(3) ?? "";
  if (preserved === 1 && third.startsWith("/")) assert.equal(readlinkSync(join(directory, "3")), replay.host.path(third));
}

/** The engine's end of --console-socket; resolves to a check that a terminal has arrived before the call returned. */
async function listenFor(t: TestContext, replay: Replay, id: string): Promise<() => Promise<void>> {
  if (!replay.has("--console-socket")) return () => Promise.resolve();
  const path = replay.flag("--console-socket", id);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { force: true });
  const peer = await listen(
    t,
    path,
    'print("terminal" if os.isatty(fd) else "no", data.decode(), flush=True); sys.stdin.read(); import time; time.sleep(100)',
  );
  return () => waitUntil("a terminal", () => /^terminal \/dev\/\S+$/m.test(peer.output()));
}

function pidOf(replay: Replay, id: string): number {
  const text = readFileSync(replay.flag("--pid-file", id), "utf8");
  assert.match(text, /^[1-9]\d*$/, "a decimal number without a newline");
  return Number(text);
}

async function create(t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const terminal = replay.has("--console-socket");
  const id = replay.newId();
  const bundle = replay.flag("--bundle", id);
  flavour.makeBundle(bundle, id, { terminal });
  // crun's flag: runc refuses it as well, and podman with it.
  if (replay.has("--cgroup-manager")) {
    const outcome = await (replay.prepare(id), replay.run(id));
    assert.equal(outcome.code, 1);
    assert.match(outcome.stderr, /level=error msg="--cgroup-manager=disabled: not supported/);
    assert.ok(!flavour.exists(id));
    return;
  }
  const received = await listenFor(t, replay, id);
  await replay.succeeds(id);
  await received();
  const { pid, status } = await flavour.state(id);
  assert.deepEqual({ pid: pidOf(replay, id), status }, { pid, status: "created" });
  await replay.fails(id, /^(time=.*msg=")?tsrunc create failed: container with given ID already exists/);
  await flavour.ok(["start", id]);
  await waitUntil("it runs", () => flavour.signals(id)[0] === "ready");
  assertNoLeak(replay, pid);
  await flavour.ok(["delete", "--force", id]);
  flavour.makeBundle(bundle, id, { args: ["nosuch"], terminal });
  const again = terminal ? await listenFor(t, replay, id) : undefined;
  await replay.fails(
    id,
    /tsrunc create failed: unable to start container process: .*exec: \\?"nosuch\\?": executable file not found in \$PATH/,
  );
  assert.ok(!flavour.exists(id));
  void again;
}

async function exec(t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const id = await flavour.running();
  const terminal = replay.has("--console-socket");
  const file = replay.flag("--process", id);
  const write = (args: readonly string[]) => {
    mkdirSync(dirname(file), { recursive: true });
    const user = { uid: 0, gid: 0, additionalGids: [0] };
    const capabilities = { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] };
    writeFileSync(file, JSON.stringify({ terminal, user, args, env: ["PATH=/bin"], cwd: "/", capabilities, noNewPrivileges: true }));
  };
  write(["sleep", "1001"]);
  const received = await listenFor(t, replay, id);
  await replay.succeeds(id);
  await received();
  const pid = pidOf(replay, id);
  assert.ok((JSON.parse(await flavour.ok(["ps", "--format", "json", id])) as number[]).includes(pid));
  assert.equal(readFileSync(`/proc/${pid}/cmdline`, "utf8"), "sleep\x001001\0");
  assertNoLeak(replay, pid);
  process.kill(pid, "SIGKILL");
  write(["nosuch"]);
  await listenFor(t, replay, id);
  await replay.fails(
    id,
    /exec failed: unable to start container process: .*exec: \\?"nosuch\\?": executable file not found in \$PATH/,
    255,
  );
  await replay.fails(flavour.newId(), /container does not exist/, 255).catch((error: unknown) => {
    // The process file of another container is not there: that is the error then.
    if (replay.flag("--process", "x") === replay.flag("--process", "y")) throw error;
  });
}

async function kill(_t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const number = replay.call.words.at(-1) ?? "";
  const all = replay.call.words.includes("--all");
  const id = number === "9" ? await flavour.toBeEnded() : await flavour.running();
  await replay.succeeds(id);
  if (number !== "9") await waitUntil("the signal arrives", () => flavour.signals(id).includes(number));
  else await waitUntil("it is stopped", async () => (await flavour.state(id)).status === "stopped");
  if (number === "9" && all) await replay.succeeds(id);
  if (number === "9" && !all) await replay.fails(id, /container not running/);
  await replay.fails(flavour.newId(), /container does not exist/);
}

async function start(_t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const id = await flavour.created(replay.newId());
  await replay.succeeds(id);
  const { pid, status } = await flavour.state(id);
  assert.equal(status, "running");
  await waitUntil("it runs", () => flavour.signals(id)[0] === "ready");
  assertNoLeak(replay, pid);
  await replay.fails(id, /cannot start an already running container/);
  await flavour.ok(["delete", "--force", id]);
}

async function remove(_t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const force = replay.call.words.includes("--force");
  const id = replay.newId();
  await (force ? flavour.toBeEnded(id) : flavour.stopped(id));
  await replay.succeeds(id);
  assert.ok(!flavour.exists(id));
  assert.deepEqual(processesOf(id), []);
  if (force) await replay.succeeds(id);
  else await replay.fails(id, /container does not exist/);
}

async function pause(_t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const resume = replay.call.verb === "resume";
  const id = await flavour.running();
  if (resume) await flavour.ok(["pause", id]);
  await replay.succeeds(id);
  assert.equal((await flavour.state(id)).status, resume ? "running" : "paused");
  if (!resume) await flavour.ok(["resume", id]);
  if (resume) await replay.fails(id, /container not paused/);
  await replay.fails(flavour.newId(), /container does not exist/);
}

async function ps(_t: TestContext, replay: Replay): Promise<void> {
  const id = await replay.flavour.running();
  const { stdout } = await replay.succeeds(id, /^\[\d+(,\d+)*\]\n$/);
  assert.ok((JSON.parse(stdout) as number[]).includes((await replay.flavour.state(id)).pid));
  await replay.fails(replay.flavour.newId(), /container does not exist/);
}

/** What each recorded value looks like in the kernel: file and content of v1, else of v2. */
const written: readonly [RegExp, string, string, string, string][] = [
  [/"pids":\{"limit":17\}/, "pids.max", "17", "pids.max", "17"],
  [/"memory":\{"limit":134217728/, "memory.limit_in_bytes", "134217728", "memory.max", "134217728"],
  [/"quota":25000/, "cpu.cfs_quota_us", "25000", "cpu.max", "25000 100000"],
  [/"shares":256/, "cpu.shares", "256", "cpu.weight", "35"],
  [/"cpus":"0"/, "cpuset.cpus", "0", "cpuset.cpus", "0"],
];

async function update(_t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const id = await flavour.running();
  let json = replay.stdin ?? "";
  if (replay.has("--resources") && replay.recordedFlag("--resources") !== "-") {
    json = '{"cpu":{"quota":25000,"period":100000},"pids":{"limit":17}}';
    replay.prepare(id);
    writeFileSync(replay.flag("--resources", id), json);
  }
  await replay.succeeds(id);
  const path = `${replay.host.scratch.marker}/${id}`;
  const asked = written.filter(([asks]) => asks.test(json));
  assert.ok(asked.length > 0, json);
  for (const [, file1, content1, file2, content2] of asked) {
    const v1 = existsSync("/sys/fs/cgroup/memory");
    const [file, content] = v1 ? [file1, content1] : [file2, content2];
    assert.equal(readFileSync(join(cgroupWith(path, file), file), "utf8").trim(), content, file);
  }
  await replay.fails(flavour.newId(), /container does not exist/);
}

async function state(_t: TestContext, replay: Replay): Promise<void> {
  const id = await replay.flavour.stopped(replay.newId());
  const { stdout } = await replay.succeeds(id, /^\{/);
  const { status, pid } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual({ status, pid }, { status: "stopped", pid: 0 });
  await replay.flavour.ok(["delete", id]);
  await replay.fails(id, /container does not exist/);
}

async function run(_t: TestContext, replay: Replay): Promise<void> {
  const id = replay.newId();
  const make = (args: readonly string[]) => replay.flavour.makeBundle(replay.flag("--bundle", id), id, { args });
  make(["sh", "-c", "echo built; exit 7"]);
  await replay.succeeds(id, "built\n", { code: 7 });
  assert.ok(!replay.flavour.exists(id));
  make(["/nosuch"]);
  await replay.fails(
    id,
    /tsrunc run failed: unable to start container process: .*exec: "\/nosuch": stat \/nosuch: no such file or directory/,
  );
}

async function version(_t: TestContext, replay: Replay): Promise<void> {
  await replay.succeeds("", /^\S+ version \S+\n(commit: \S+\n)?spec: \S+\n/);
}

const criuEnv = ({ host }: Replay) => host.criuEnvironment;

async function checkpoint(_t: TestContext, replay: Replay): Promise<void> {
  if (replay.call.words.includes("--help")) return void (await replay.succeeds("", /^Usage: tsrunc checkpoint /));
  const { flavour } = replay;
  const id = await flavour.toBeEnded();
  await replay.succeeds(id, "", { env: criuEnv(replay) });
  assert.ok(existsSync(join(replay.flag("--image-path", id), "inventory.img")));
  if (replay.call.words.includes("--leave-running")) assert.equal((await flavour.state(id)).status, "running");
  else assert.ok(!flavour.exists(id));
  await replay.fails(flavour.newId(), /container does not exist/);
}

async function restore(_t: TestContext, replay: Replay): Promise<void> {
  const { flavour } = replay;
  const id = await flavour.toBeEnded();
  const images = replay.flag("--image-path", id);
  await replay.fails(id, /already exists|no such file or directory/);
  const work = replay.host.scratch.path(`work-${id}`);
  await flavour.ok(["checkpoint", "--image-path", images, "--work-path", work, id], criuEnv(replay));
  flavour.makeBundle(replay.flag("--bundle", id), id);
  await replay.succeeds(id, "", { env: criuEnv(replay) });
  const { pid, status } = await flavour.state(id);
  assert.deepEqual({ pid: pidOf(replay, id), status }, { pid, status: "running" });
}

const scenes: Readonly<Record<string, (t: TestContext, replay: Replay) => Promise<void>>> = {
  ...{ create, start, exec, kill, delete: remove, pause, resume: pause, ps, update, state, run, checkpoint, restore, "--version": version },
};

for (const engine of new Set(recorded.map((call) => call.engine))) {
  const calls = recorded.filter((call) => call.engine === engine);
  test(`${engine}: the recorded calls`, { skip }, async (t) => {
    const host = new EngineHost(t);
    for (const call of calls) {
      const why = needsRealCriu(call) ? criuMissing : false;
      const name = `calls.md:${call.line} ${call.words.slice(call.words.indexOf(call.verb)).join(" ")}`;
      for (const stdin of call.stdins.length > 0 ? call.stdins : [undefined]) {
        await t.test(stdin === undefined ? name : `${name} < ${stdin}`, { skip: why }, async (t) => {
          const scene = scenes[call.verb];
          assert.ok(scene !== undefined, `no situation is known for ${call.words.join(" ")}`);
          await scene(t, new Replay(host, call, stdin));
        });
      }
    }
    const skipped = criuMissing === false ? 0 : calls.filter(needsRealCriu).length;
    process.stdout.write(
      `${engine}: ${calls.length - skipped} of ${calls.length} recorded calls replayed${skipped > 0 ? `, ${skipped} need criu` : ""}\n`,
    );
  });
}

if (recorded.length === 0) test("the recorded calls", { skip }, () => assert.fail("no call is in the list"));
