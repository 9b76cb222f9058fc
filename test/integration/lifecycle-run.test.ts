// `run`: in the foreground with pipes and with a terminal, and detached.
import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { test } from "node:test";
import { runCommand, sleep, startCommand, waitUntil } from "../support/command.js";
import { assertNothingLeft, processesOf } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { runContainer, runInContainer } from "../support/run.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

test("stdin, stdout, stderr and the exit code pass through", { skip }, async (t) => {
  const { code, stdout, stderr } = await runContainer(t, "cat; echo err >&2; exit 7", {}, { input: "hello\n" });
  assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: "hello\n", stderr: "err\n" });
});

test("a program that dies of a signal: 128 + n", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  const id = scratch.id();
  const run = runtime.run(["run", "--bundle", bundle.dir, id]);
  await waitUntil(
    "running",
    async () => (await runtime.run(["kill", id, "SEGV"])).code === 0 && (await runtime.run(["kill", id, "KILL"])).code === 0,
  );
  assert.equal((await run).code, 137);
});

test("a container that is killed as soon as others know of it ends as one that runs", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  for (let round = 0; round < 10; round++) {
    const id = scratch.id();
    const state = join(runtime.root, id, "state.json");
    const run = runtime.run(["run", "--bundle", bundle.dir, id]);
    // Not by events: init has its program a millisecond later.
    for (const end = Date.now() + 20_000; !existsSync(state) && Date.now() < end;);
    process.kill(Number(/"pid":(\d+)/.exec(readFileSync(state, "utf8"))?.[1]), "SIGKILL");
    const { code, stderr } = await run;
    assert.deepEqual({ code, stderr }, { code: 137, stderr: "" });
    assert.ok(!existsSync(join(runtime.root, id)));
  }
});

test("much output arrives whole, and much input too", { skip }, async (t) => {
  const input = "0123456789abcdef\n".repeat(60_000);
  const { code, stdout } = await runContainer(t, "cat; head -c 1000000 /dev/zero | tr '\\0' x", {}, { input });
  assert.equal(code, 0);
  assert.equal(stdout.length, input.length + 1_000_000);
  assert.ok(stdout.startsWith(input));
});

test("the end of the container does not wait for stdin", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  const child = scratch.runtime().start(["run", "--bundle", bundle.dir, scratch.id()], { stdio: ["pipe", "ignore", "ignore"] });
  const code = await new Promise((done) => child.on("exit", done));
  assert.equal(code, 0);
});

test("signals are forwarded; nothing is left", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", "trap 'exit 33' TERM; echo ready; while :; do sleep 0.05; done"] } });
  const child = runtime.start(["run", "--bundle", bundle.dir, scratch.id()]);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil("ready", () => output.includes("ready"));
  child.kill("SIGTERM");
  assert.equal(await new Promise((done) => child.on("exit", done)), 33);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("a signal while the container is being made reaches it once it runs", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const mark = scratch.path("in-hook");
  const hook = { path: "/bin/sh", args: ["sh", "-c", `touch ${mark}; sleep 0.5`] };
  const script = "trap 'exit 44' USR1; while :; do sleep 0.05; done";
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", script] }, hooks: { prestart: [hook] } });
  const child = runtime.start(["run", "--bundle", bundle.dir, scratch.id()], { stdio: ["ignore", "ignore", "ignore"] });
  await waitUntil("the hook runs", () => existsSync(mark));
  child.kill("SIGUSR1");
  const ended = new Promise((done) => child.on("exit", (code, signal) => done(code ?? signal)));
  // The program may not have set its trap yet: then init, which has no handler, ignores the signal.
  const repeat = setInterval(() => child.kill("SIGUSR1"), 300);
  assert.equal(await ended, 44);
  clearInterval(repeat);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("SIGINT and SIGTERM end a run whose hook hangs, and all of it is taken back", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  for (const [kind, signal] of [
    ["prestart", "SIGINT"],
    ["createContainer", "SIGTERM"],
    ["startContainer", "SIGTERM"],
    ["poststart", "SIGINT"],
  ] as const) {
    const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] }, root: { readonly: false } });
    const mark = kind === "startContainer" ? "/in-hook" : join(bundle.rootfs, "in-hook");
    bundle.config.hooks = { [kind]: [{ path: "/bin/sh", args: ["sh", "-c", `echo > ${mark}; sleep 1000`] }] };
    bundle.save();
    const child = runtime.start(["run", "--bundle", bundle.dir, scratch.id()]);
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString()));
    await waitUntil(`the ${kind} hook runs`, () => existsSync(join(bundle.rootfs, "in-hook")));
    const begin = Date.now();
    child.kill(signal);
    assert.equal(await new Promise((done) => child.on("close", (code, died) => done(code ?? died))), 1, kind);
    assert.ok(Date.now() - begin < 2000, `${kind}: ${Date.now() - begin} ms`);
    assert.match(errors, new RegExp(`^time=.* level=error msg="tsrunc run failed: .*interrupted by ${signal}`), kind);
    await assertNothingLeft(scratch.marker, [runtime.root]);
  }
});

test("the end of a program that a tracer has to see first", { skip: needsContainers("python3") }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", "echo ready; read line; exit 5"] } });
  // PTRACE_SEIZE, and no look at its end: the zombie is the tracer's until that has ended, too.
  const tracer =
    "import ctypes, sys\nassert ctypes.CDLL(None).ptrace(0x4206, int(sys.argv[1]), 0, 0) == 0\nprint('here', flush=True)\nsys.stdin.read()";
  // What went wrong went wrong every other time.
  for (let round = 0; round < 5; round += 1) {
    const id = scratch.id();
    const child = runtime.start(["run", "--bundle", bundle.dir, id]);
    const ended = new Promise((done) => child.on("exit", (code, signal) => done(code ?? signal)));
    await once(child.stdout as Readable, "data");
    const { pid } = await runtime.state(id);
    const python = startCommand("python3", ["-c", tracer, String(pid)]);
    await once(python.stdout as Readable, "data");
    child.stdin?.end("\n");
    await waitUntil("a zombie", () => readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z "));
    await sleep(50);
    python.stdin?.end();
    assert.equal(await ended, 5);
  }
});

test("--keep leaves a stopped container, without it nothing", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  const id = scratch.id();
  await runtime.ok(["run", "--keep", "--bundle", bundle.dir, id]);
  assert.equal((await runtime.state(id)).status, "stopped");
  await runtime.ok(["delete", id]);
  await runtime.ok(["run", "--bundle", bundle.dir, id]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("--detach returns while the program runs, and no process of ours stays", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  const id = scratch.id();
  const { code } = await runtime.run(["run", "--detach", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] });
  assert.equal(code, 0);
  const { status, pid } = await runtime.state(id);
  assert.equal(status, "running");
  assert.deepEqual(
    processesOf(scratch.marker).map((found) => found.pid),
    [pid],
  );
});

test("--no-subreaper: processes that the container's init leaves behind are not ours to adopt", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle((config) => {
    config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) => type !== "pid");
    config.process.args = ["sh", "-c", "((sleep 0.2; exec grep PPid /proc/self/status) &); sleep 1"];
  });
  for (const [flags, adopts] of [
    [[], true],
    [["--no-subreaper"], false],
  ] as const) {
    const child = runtime.start(["run", ...flags, "--bundle", bundle.dir, scratch.id()], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout?.on("data", (data: Buffer) => (output += data.toString()));
    await once(child, "close");
    const [, parent] = /^PPid:\s+(\d+)\n$/.exec(output) ?? [];
    assert.ok(parent !== undefined, output);
    assert.equal(Number(parent) === child.pid, adopts, flags.join());
  }
});

test("create takes --detach, which go-runc sends", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const id = scratch.id();
  await runtime.create(id, scratch.makeBundle({ process: { args: ["true"] } }).dir, ["--detach"]);
  assert.equal((await runtime.state(id)).status, "created");
});

test("a start that fails takes the container with it", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["/script"] } });

  writeFileSync(`${bundle.rootfs}/script`, "#!/no/such/interpreter\n", { mode: 0o755 });
  for (const flags of [[], ["--detach"]]) {
    const { code, stderr } = await runtime.run(["run", ...flags, "--bundle", bundle.dir, scratch.id()]);
    assert.equal(code, 1);
    assert.match(stderr, /tsrunc run failed: unable to start container process: .*exec \/script: no such file or directory.*interpreter/);
    await assertNothingLeft(scratch.marker, [runtime.root]);
  }
});

test("preserved descriptors are 3 and up, and none else is open", { skip }, async (t) => {
  const scratch = new Scratch(t);

  writeFileSync(scratch.path("a"), "from a");
  const a = openSync(scratch.path("a"), "r");
  const out = await runInContainer(
    t,
    "cat <&3; ls /proc/self/fd | tr '\\n' ' '",
    {},
    { args: ["--preserve-fds", "1"], stdio: ["pipe", "pipe", "pipe", a, a] },
  );
  assert.equal(out, "from a0 1 2 3 4 ", "ls has one of its own");
  const missing = await runContainer(t, "true", {}, { args: ["--preserve-fds=2"], stdio: ["pipe", "pipe", "pipe", a] });
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /unable to stat preserved-fd 4 \(of 2\)/);
});

test("a terminal in the foreground needs ours to be one; then the program has it", { skip: needsContainers("script") }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const script = "tty; test -t 0 && test -t 1 && test -t 2 && echo yes; exit 5";
  const bundle = scratch.makeBundle({ process: { terminal: true, args: ["sh", "-c", script] } });

  const command = `${runtime.path} --root ${runtime.root} run --bundle ${bundle.dir} ${scratch.id()}`;
  const { code, stdout } = await runCommand("script", ["-qec", command, scratch.path("typescript")]);
  assert.equal(code, 5, stdout);
  // script(1) shows the end of its own stdin as ^@, anywhere.
  assert.match(stdout.replaceAll("^@", ""), /^\/dev\/(pts\/0|console)\r\nyes\r\n$/, "one carriage return a line");
  assert.ok(readFileSync(scratch.path("typescript"), "utf8").includes("yes"));
});
