// SCMP_ACT_NOTIFY with a real agent: it gets the descriptor and the state, answers system calls of the container, is late, hangs up or is not there.
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { waitUntil } from "../support/command.js";
import { applyPatch, type ConfigPatch } from "../support/config.js";
import { sourceRoot, tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers("python3");
const skipRunc = skip || needsContainers("runc");

interface ProcessState {
  readonly ociVersion: string;
  readonly fds: readonly string[];
  readonly pid: number;
  readonly metadata?: string;
  readonly state: {
    readonly id: string;
    readonly status: string;
    readonly pid: number;
    readonly bundle: string;
    readonly annotations?: object;
  };
}

interface Agent {
  readonly states: () => ProcessState[];
  /** Waits until it has said so: what it prints comes to us later than its answer to the container. */
  readonly knows: (count: number) => Promise<ProcessState[]>;
  readonly output: () => string;
  readonly process: ChildProcess;
}

async function agent(t: TestContext, path: string, answer: string, ...more: string[]): Promise<Agent> {
  const script = join(sourceRoot, "test/integration/seccomp/agent.py");
  // By a short name: paths of sockets have 107 bytes.
  const child = spawn("python3", [script, basename(path), answer, ...more], { cwd: dirname(path), stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await waitUntil("the agent listens", () => text.includes("listening"));
  const lines = () => [...text.matchAll(/^(\{.*)\n/gm)].map(([, line = ""]) => line);
  const states = () => lines().map((line) => JSON.parse(line) as ProcessState);
  const knows = async (count: number) => {
    await waitUntil("the agent knows", () => states().length >= count);
    return states();
  };
  return { states, knows, output: () => text, process: child };
}

const mkdirs = { names: ["mkdir", "mkdirat"], action: "SCMP_ACT_NOTIFY" };

function prepare(t: TestContext, seccomp: object, script: string, patch: ConfigPatch = {}, runtimePath = tsruncPath) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime(runtimePath);
  const socket = scratch.path("agent.sock");
  const bundle = scratch.makeBundle((config) => {
    config.process.args = ["sh", "-c", script];
    config.root.readonly = false;
    config.annotations = { "org.example.of": "this one" };
    config.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: socket, listenerMetadata: 'for: "the agent" ü', ...seccomp };
    applyPatch(config, patch);
  });
  const create = (id: string) => runtime.run(["create", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] });
  const run = (id: string) => runtime.run(["run", "--bundle", bundle.dir, id]);
  return { scratch, runtime, socket, bundle, create, run };
}

const fakeMkdir =
  "mkdir /made; echo $?; ls -d /made 2>/dev/null || echo not there; ls -l /proc/self/fd 2>/dev/null | grep -c -e seccomp -e socket";

describe("SCMP_ACT_NOTIFY", { skip }, () => {
  for (const noNewPrivileges of [true, false]) {
    test(`run ${noNewPrivileges ? "with" : "without"} no_new_privs: the agent answers, and neither descriptor stays`, async (t) => {
      const { scratch, socket, bundle, run } = prepare(t, { syscalls: [mkdirs] }, `${fakeMkdir}; true`, { process: { noNewPrivileges } });
      const { knows } = await agent(t, socket, "fake");
      const id = scratch.id();
      const { code, stdout, stderr } = await run(id);
      assert.deepEqual({ code, stderr, stdout }, { code: 0, stderr: "", stdout: "0\nnot there\n0\n" });
      const [{ pid, ...state } = { pid: 0 }, ...more] = await knows(1);
      assert.deepEqual(more, []);
      assert.ok(pid > 1);
      assert.deepEqual(state, {
        ociVersion: "1.3.0",
        fds: ["seccompFd"],
        metadata: 'for: "the agent" ü',
        state: { ociVersion: "1.3.0", id, status: "created", pid, bundle: bundle.dir, annotations: { "org.example.of": "this one" } },
      });
    });
  }

  test("create, start, exec: each tells the agent of its own process", async (t) => {
    const { scratch, runtime, socket, create } = prepare(t, { syscalls: [mkdirs] }, "sleep 1000");
    const { states, knows } = await agent(t, socket, "errno 95");
    const id = scratch.id();
    assert.equal((await create(id)).code, 0);
    const { pid } = await runtime.state(id);
    assert.deepEqual(states(), [], "nothing of the container runs yet");
    await runtime.ok(["start", id]);
    assert.equal((await knows(1)).length, 1);
    assert.equal(states()[0]?.pid, pid);
    const pidFile = scratch.path("pid");
    const { stdout } = await runtime.run(["exec", "--pid-file", pidFile, id, "sh", "-c", "mkdir /x 2>&1; true"]);
    assert.match(stdout, /^mkdir: .*[Nn]ot supported\n$/);
    const [, added] = await knows(2);
    assert.equal(added?.state.pid, pid);
    assert.equal(added?.state.status, "running");
    assert.ok(added !== undefined && added.pid !== pid && added.pid > 1);
  });

  test("a profile that allows the loader nothing: what it has to say is said by nobody whom it filters", async (t) => {
    const denied = { names: ["sendmsg", "sendto", "futex", "exit", "sched_yield", "capset"], action: "SCMP_ACT_ERRNO" };
    const { scratch, socket, run } = prepare(t, { syscalls: [mkdirs, denied] }, "mkdir /made && echo made");
    const { knows } = await agent(t, socket, "fake");
    const { code, stdout } = await run(scratch.id());
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "made\n" });
    assert.equal((await knows(1)).length, 1);
  });

  test("execve itself, and all flags", async (t) => {
    const flags = ["TSYNC", "LOG", "SPEC_ALLOW", "WAIT_KILLABLE_RECV"].map((name) => `SECCOMP_FILTER_FLAG_${name}`);
    const { scratch, socket, run } = prepare(t, { syscalls: [{ names: ["execve"], action: "SCMP_ACT_NOTIFY" }], flags }, "echo executed");
    await agent(t, socket, "continue");
    const { code, stdout, stderr } = await run(scratch.id());
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "executed\n", stderr: "" });
  });

  test("no agent: start fails, the container waits for another try", async (t) => {
    const { scratch, runtime, socket, create, run } = prepare(t, { syscalls: [mkdirs] }, "mkdir /made && sleep 1000");
    const id = scratch.id();
    assert.equal((await create(id)).code, 0);
    const none = await runtime.run(["start", id]);
    assert.equal(none.code, 1);
    assert.match(
      none.stderr,
      /unable to start container process: seccomp\/connect \(config\.json:\d+:\d+ \/linux\/seccomp\/listenerPath\): connect\(.*agent\.sock.*\): ENOENT/,
    );
    const dead = await agent(t, socket, "fake");
    dead.process.kill("SIGKILL");
    await new Promise((done) => dead.process.once("exit", done));
    const refused = await runtime.run(["start", id]);
    assert.match(refused.stderr, /connect\(.*agent\.sock.*\): ECONNREFUSED/);
    assert.equal((await runtime.state(id)).status, "created");
    const other = scratch.id();
    assert.match((await run(other)).stderr, /tsrunc run failed: .*ECONNREFUSED/);
    assert.ok(!existsSync(join(runtime.root, other)), "run takes everything back");
    rmSync(socket);
    const { knows } = await agent(t, socket, "fake");
    await runtime.ok(["start", id]);
    await runtime.waitFor(id, "running");
    assert.equal((await knows(1)).length, 1);
    const missing = await runtime.run(["exec", id, "true"]);
    assert.equal(missing.code, 0);
  });

  test("an agent that hangs up: the program never runs", async (t) => {
    const hooks = { startContainer: [{ path: "/bin/sleep", args: ["sleep", "1"] }] };
    const { scratch, runtime, socket, bundle, create } = prepare(t, { syscalls: [mkdirs] }, "touch /ran; sleep 1000", { hooks });
    const { output } = await agent(t, socket, "hang-up");
    const id = scratch.id();
    assert.equal((await create(id)).code, 0);
    const { code, stderr } = await runtime.run(["start", id]);
    assert.equal(code, 1);
    assert.match(stderr, /seccomp\/load \(config\.json:\d+:\d+ \/linux\/seccomp\): sendmsg\(seccomp agent\): EPIPE/);
    assert.match(output(), /hung up/);
    assert.equal((await runtime.state(id)).status, "stopped");
    assert.ok(!existsSync(join(bundle.rootfs, "ran")));
  });

  test("a slow agent: start does not wait for it, the program does", async (t) => {
    const { scratch, runtime, socket, bundle, create } = prepare(
      t,
      { syscalls: [mkdirs] },
      "touch /before; mkdir /made; touch /after; sleep 1000",
    );
    const { process, knows } = await agent(t, socket, "fake", "later");
    const id = scratch.id();
    await create(id);
    await runtime.ok(["start", id]);
    await waitUntil("the program runs", () => existsSync(join(bundle.rootfs, "before")));
    assert.equal((await runtime.state(id)).status, "running");
    assert.ok(!existsSync(join(bundle.rootfs, "after")));
    process.stdin?.write("\n");
    await waitUntil("the call is answered", () => existsSync(join(bundle.rootfs, "after")));
    assert.equal((await knows(1)).length, 1);
  });

  test("an agent that is gone afterwards: ENOSYS, and the container goes on", async (t) => {
    const { scratch, socket, run } = prepare(
      t,
      { syscalls: [mkdirs] },
      "while [ ! -e /go ]; do sleep 0.05; done; mkdir /made 2>&1; echo on",
    );
    const { process, knows } = await agent(t, socket, "fake");
    const id = scratch.id();
    const running = run(id);
    assert.equal((await knows(1)).length, 1);
    process.kill("SIGKILL");
    await new Promise((done) => process.once("exit", done));
    const runtime = scratch.runtime();
    assert.equal((await runtime.run(["exec", id, "true"])).code, 255, "exec needs the agent as well");
    const { pid } = await runtime.state(id);
    writeFileSync(`/proc/${pid}/root/go`, "");
    assert.match((await running).stdout, /^mkdir: .*not implemented\non\n$/);
  });

  for (const [seccomp, message] of [
    [{ syscalls: [mkdirs], listenerPath: "" }, /\/linux\/seccomp\/listenerPath: seccomp listenerPath is not set/],
    [{ defaultAction: "SCMP_ACT_NOTIFY" }, /\/linux\/seccomp\/defaultAction: SCMP_ACT_NOTIFY cannot be used as default action/],
    [
      { syscalls: [{ names: ["read", "write"], action: "SCMP_ACT_NOTIFY" }] },
      /\/linux\/seccomp\/syscalls\/0\/action: SCMP_ACT_NOTIFY cannot be used for the write syscall/,
    ],
    [{ listenerPath: "", syscalls: [] }, /\/linux\/seccomp\/listenerMetadata: listenerMetadata cannot be used without listenerPath/],
    [{ syscalls: [{ ...mkdirs, errnoRet: 1 }] }, /\/linux\/seccomp\/syscalls\/0\/errnoRet: errnoRet cannot be used with SCMP_ACT_NOTIFY/],
  ] as const) {
    test(`refused: ${message}`, async (t) => {
      const { scratch, run } = prepare(t, seccomp, "true");
      const { code, stderr } = await run(scratch.id());
      assert.equal(code, 1);
      assert.match(stderr, message);
    });
  }
});

test("the agent of runc learns the same, but for the status", { skip: skipRunc }, async (t) => {
  const seen = [];
  for (const runtime of [tsruncPath, "/usr/sbin/runc"]) {
    const { scratch, socket, bundle, run } = prepare(t, { syscalls: [mkdirs] }, "mkdir /made && echo made", {}, runtime);
    const { knows } = await agent(t, socket, "fake");
    const id = scratch.id();
    const { stdout, stderr } = await run(id);
    assert.equal(stdout, "made\n", stderr);
    const [state] = await knows(1);
    assert.ok(state !== undefined && state.state.pid === state.pid && state.state.id === id && state.state.bundle === bundle.dir);
    const { fds, metadata, state: container } = state;
    seen.push({
      fds,
      metadata,
      keys: Object.keys(state).sort(),
      container: Object.keys(container).sort(),
      annotations: container.annotations,
    });
  }
  assert.deepEqual(seen[0], seen[1]);
});
