// build/tsrunc as engines call it. What Node and a container's first process see is shown by a program that lies where the bundle would:
// next to a copy of the launcher.
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { callerEnvironment } from "../../src/host/node/launch.js";
import type { LaunchRecord } from "../../src/host/port.js";
import { parseRecord } from "../../src/host/record.js";
import { type CommandOptions, type CommandResult, plainEnvironment, runCommand } from "../support/command.js";
import { outDirectory, tsruncPath } from "../support/paths.js";
import { needs } from "../support/requirements.js";

const skip = needs("tsrunc");

/** Prints what it finds; with `spawn`, also what the child that becomes a container finds. */
const program = `
const { readFileSync, readdirSync, readlinkSync } = require("node:fs");
const addon = { exports: {} };
process.dlopen(addon, __dirname + "/tsrunc.node");
const native = addon.exports.load((call, errno) => new Error(call + ": errno " + errno));
const status = (pid) => Object.fromEntries(readFileSync("/proc/" + pid + "/status", "latin1").split("\\n").map((line) => line.split(":\\t")));
const shown = { argv: process.argv.slice(2), env: { ...process.env }, cwd: process.cwd(), pid: process.pid };
if (process.argv[2] === "spawn") {
  const record = process.env.TSRUNC_LAUNCH.split(";");
  const signals = (hex) => Array.from({ length: 64 }, (_, i) => i + 1).filter((n) => (BigInt("0x" + hex) >> BigInt(n - 1)) & 1n);
  const inherited = record[6] === "" ? [] : record[6].split(",").map(Number);
  const launch = { nofile: { soft: BigInt(record[1]), hard: BigInt(record[2]) }, inheritedFds: inherited, umask: 0,
    ignored: signals(record[4]), blocked: signals(record[5]) };
  const child = native.spawnInit({ stdio: [0, 1, 2], preserve: inherited.slice(0, 2), launch, flags: 0, unshare: 0, cgroup: -1, init: false });
  const of = "/proc/" + child.pid;
  while (!readlinkSync(of + "/exe").startsWith("/memfd:tsrunc-init")) native.sleepMs(1);
  shown.child = { fds: readdirSync(of + "/fd").map((fd) => [fd, readlinkSync(of + "/fd/" + fd)]), status: status(child.pid),
    environ: readFileSync(of + "/environ", "latin1"), cmdline: readFileSync(of + "/cmdline", "latin1"),
    limits: readFileSync(of + "/limits", "latin1"), exe: readlinkSync(of + "/exe") };
  native.close(child.control);
  native.waitpid(child.pid, true);
}
native.write(1, JSON.stringify(shown));
`;

interface Shown {
  readonly argv: string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly pid: number;
  readonly child: {
    readonly fds: [string, string][];
    readonly status: Record<string, string>;
    readonly environ: string;
    readonly cmdline: string;
    readonly limits: string;
    readonly exe: string;
  };
}

function install(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-test-"));
  t.after(() => rmSync(directory, { recursive: true }));
  for (const name of ["tsrunc", "tsrunc.node", "tsrunc.boot.cjs"]) copyFileSync(join(outDirectory, name), join(directory, name));
  chmodSync(join(directory, "tsrunc"), 0o755);
  writeFileSync(join(directory, "tsrunc.cjs"), program);
  return directory;
}

/** `script` is run by sh, with the launcher's path as $1. */
async function shown(t: TestContext, script: string, options: CommandOptions = {}): Promise<{ shown: Shown; record: LaunchRecord }> {
  const { code, stdout, stderr } = await runCommand("/bin/bash", ["--norc", "-c", script, "sh", join(install(t), "tsrunc")], options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const result = JSON.parse(stdout) as Shown;
  return { shown: result, record: parseRecord(result.env["TSRUNC_LAUNCH"] ?? "") };
}

function version(options: CommandOptions): Promise<CommandResult> {
  return runCommand(tsruncPath, ["--version"], options);
}

test("by absolute path, from another directory, with an empty environment", { skip }, async () => {
  const { code, stdout, stderr } = await version({ cwd: "/", env: {} });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^tsrunc version /);
});

test("no variable of the caller takes effect in Node, and none is lost", { skip }, async (t) => {
  const env = {
    ...plainEnvironment,
    NODE_OPTIONS: "--no-such-option",
    NODE_PATH: "/nowhere",
    NODE_V8_COVERAGE: "/nowhere/coverage",
    NODE_EXTRA_CA_CERTS: "/nowhere.pem",
    NODE_CHANNEL_FD: "0",
    NODE_DEBUG: "fs,module",
    LD_PRELOAD: "/nowhere.so",
    LD_LIBRARY_PATH: "/nowhere",
    OPENSSL_CONF: "/nowhere.cnf",
    UV_THREADPOOL_SIZE: "x",
    TSRUNC_LAUNCH: "1;mine",
    TSRUNC_WRITE_CACHE: "/nowhere/cache",
    TSRUNC_ENV_PATH: "/nested",
    EMPTY: "",
    EQUALS: "a=b;c",
  };
  const { stdout, stderr, code } = await runCommand(join(install(t), "tsrunc"), ["a", "--b"], { env });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const result = JSON.parse(stdout) as Shown;
  assert.deepEqual(result.argv, ["a", "--b"]);
  assert.deepEqual({ ...callerEnvironment(result.env) }, env);
  assert.deepEqual(
    Object.keys(result.env).filter((name) => !name.startsWith("TSRUNC_ENV_")),
    ["TSRUNC_LAUNCH"],
  );
  const real = await version({ env });
  assert.deepEqual({ code: real.code, stderr: real.stderr }, { code: 0, stderr: "" });
});

test("it becomes Node: the pid stays", { skip }, async (t) => {
  const { stdout } = await runCommand("/bin/sh", ["-c", 'echo $$; exec "$1"', "sh", join(install(t), "tsrunc")]);
  const [pid = "", json = ""] = stdout.split("\n");
  assert.equal((JSON.parse(json) as Shown).pid, Number(pid));
});

test("limits, umask, signals, descriptors and argv[0] are recorded", { skip }, async (t) => {
  const script = 'trap "" PIPE HUP; umask 027; ulimit -S -n 300; exec -a runc "$1" 5</dev/null 9</dev/null';
  const { record } = await shown(t, script);
  assert.equal(record.nofile.soft, 300n);
  assert.ok(record.nofile.hard >= 300n);
  assert.equal(record.umask, 0o27);
  assert.deepEqual(record.ignored, [1, 13]);
  assert.deepEqual(record.blocked, []);
  assert.deepEqual(
    record.inheritedFds.filter((fd) => fd === 5 || fd === 9),
    [5, 9],
  );
  assert.equal(record.argv0, "runc");
});

test(
  "what becomes a container has the limits of the caller, no signal that the caller ignores, its descriptors and no others",
  { skip },
  async (t) => {
    const script = 'trap "" PIPE HUP; ulimit -S -n 300; exec "$1" spawn 5</etc/passwd 6</dev/null 200</dev/null 3<&- 4<&-';
    const { child } = (await shown(t, script)).shown;
    assert.match(child.limits, /^Max open files +300 /m);
    // SIGPIPE it ignores by itself, sooner or later.
    assert.match(child.status["SigIgn"] ?? "", /^000000000000[01]000$/);
    assert.equal(child.status["SigBlk"], "0000000000000000");
    assert.equal(child.status["SigCgt"], "0000000000000000");
    assert.equal(child.environ, "");
    assert.match(child.exe, /^\/memfd:tsrunc-init/);
    const [, control] = child.cmdline.split("\0");
    assert.equal(control, "5");
    assert.deepEqual(
      child.fds.map(([fd]) => fd),
      ["0", "1", "2", "3", "4", "5"],
    );
    assert.equal(child.fds[3]?.[1], "/etc/passwd");
    assert.equal(child.fds[4]?.[1], "/dev/null");
    assert.match(child.fds[5]?.[1] ?? "", /^socket:/);
  },
);

test("a blocked signal stays blocked", { skip: skip || needs("python3") }, async (t) => {
  const script =
    'exec python3 -c "import os,signal,sys;signal.pthread_sigmask(signal.SIG_BLOCK,[10,35]);os.execv(sys.argv[1],sys.argv[1:])" "$1" spawn';
  const { shown: result, record } = await shown(t, script);
  assert.deepEqual(record.blocked, [10, 35]);
  assert.equal(BigInt(`0x${result.child.status["SigBlk"] ?? ""}`), (1n << 9n) | (1n << 34n));
});

test("closed 0, 1 and 2 are /dev/null, not the next file that is opened", { skip }, async (t) => {
  const file = join(mkdtempSync(join(tmpdir(), "tsrunc-test-")), "out");
  t.after(() => rmSync(join(file, ".."), { recursive: true }));
  const { stdout } = await runCommand("/bin/bash", ["--norc", "-c", '"$1" spawn <&- 2>&-', "sh", join(install(t), "tsrunc")]);
  const { child } = JSON.parse(stdout) as Shown;
  assert.equal(child.fds[0]?.[1], "/dev/null");
  assert.equal(child.fds[2]?.[1], "/dev/null");
  const all = await runCommand("/bin/bash", ["--norc", "-c", '"$1" --version <&- >&- 2>&-', "sh", tsruncPath]);
  assert.deepEqual({ code: all.code, stdout: all.stdout, stderr: all.stderr }, { code: 0, stdout: "", stderr: "" });
});

test("hundreds of inherited descriptors are recorded and not handed on", { skip }, async (t) => {
  const opened = Array.from({ length: 300 }, () => openSync("/dev/null", "r"));
  const stdio = ["ignore", "pipe", "pipe", ...opened] as const;
  const { stdout, stderr } = await runCommand(join(install(t), "tsrunc"), ["spawn"], { stdio });
  assert.equal(stderr, "");
  const result = JSON.parse(stdout) as Shown;
  const record = parseRecord(result.env["TSRUNC_LAUNCH"] ?? "");
  assert.equal(record.inheritedFds.filter((fd) => fd >= 3 && fd < 303).length, 300);
  // The two that the program asks to preserve, and the control socket.
  assert.equal(result.child.fds.length, 6);
});

test("stdout that nobody reads: quiet, and no SIGPIPE", { skip }, async () => {
  const { stderr, stdout } = await runCommand("/bin/bash", [
    "--norc",
    "-c",
    '"$1" features | true; echo "${PIPESTATUS[0]}"',
    "sh",
    tsruncPath,
  ]);
  assert.deepEqual({ stderr, stdout }, { stderr: "", stdout: "0\n" });
});

test("without Node: one line, exit code 1", { skip: skip || needs("root", "unshare") }, async () => {
  // An empty directory over every place where node may be, in a mount namespace of our own; mount itself lies in the last.
  const places = [...new Set([dirname(process.execPath), "/usr/local/bin", "/usr/bin"])].sort((a, b) => b.length - a.length);
  const hide = `for place in ${places.join(" ")}; do mount -t tmpfs none $place || exit 9; done; exec "$0" --version`;
  const { code, stdout, stderr } = await runCommand("unshare", ["-m", "/bin/bash", "--norc", "-c", hide, tsruncPath]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  assert.match(stderr, /^tsrunc: Node\.js is not to be found: .*\n$/);
});
