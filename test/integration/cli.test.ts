// The command line as engines and people use it (survey 1.1, 6.1).
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type CommandOptions, runCommand } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needs("tsrunc");
const tsrunc = (args: string[], options: CommandOptions = {}) => runCommand(tsruncPath, args, options);

test("no arguments, help, help of one command: exit 0, nothing on stderr", { skip }, async () => {
  const bare = await tsrunc([]);
  for (const args of [["--help"], ["-h"], ["-help"], ["help"]]) assert.deepEqual(await tsrunc(args), bare);
  assert.deepEqual({ code: bare.code, stderr: bare.stderr }, { code: 0, stderr: "" });
  for (const name of ["create", "start", "state", "kill", "delete", "run", "list", "spec", "features", "plan"]) {
    assert.match(bare.stdout, new RegExp(`^  ${name} `, "m"));
    const help = await tsrunc([name, "--help"]);
    assert.deepEqual({ code: help.code, stderr: help.stderr }, { code: 0, stderr: "" });
    assert.match(help.stdout, new RegExp(`^Usage: tsrunc ${name} `));
    assert.equal((await tsrunc(["help", name])).stdout, help.stdout);
  }
});

test("an unknown command exits with 3", { skip }, async () => {
  const { code, stderr } = await tsrunc(["frobnicate", "--help"]);
  assert.equal(code, 3);
  assert.match(stderr, /No help topic for 'frobnicate'/);
  assert.equal((await tsrunc(["constructor"])).code, 3);
});

test("the version text, also under the name runc", { skip }, async (t) => {
  const { code, stdout, stderr } = await tsrunc(["--version"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.match(stdout, /^tsrunc version \d+\.\d+\.\d+\n(commit: \S+\n)?spec: 1\.3\.0\nlibseccomp: \d+\.\d+\.\d+\n$/);
  const scratch = new Scratch(t);
  symlinkSync(tsruncPath, scratch.path("runc"));
  assert.equal((await runCommand(scratch.path("runc"), ["-v"])).stdout, stdout.replace(/^tsrunc/, "runc"));
});

test("in a deleted working directory only relative paths fail", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const gone = scratch.path("gone");
  const there = (args: string[]) => {
    mkdirSync(gone);
    return runCommand("/bin/sh", ["-c", 'cd "$0" && rmdir "$0" && exec "$@"', gone, tsruncPath, ...args]);
  };
  const root = scratch.path("root");
  mkdirSync(root);
  assert.deepEqual(await there(["--root", root, "list", "-q"]), { code: 0, signal: null, stdout: "", stderr: "", timedOut: false });
  const spec = await there(["spec", "--bundle", root]);
  assert.deepEqual({ code: spec.code, stderr: spec.stderr }, { code: 0, stderr: "" });
  const plan = await there(["plan", "--bundle", root]);
  assert.deepEqual({ code: plan.code, stderr: plan.stderr }, { code: 0, stderr: "" });
  for (const args of [["spec"], ["plan"], ["create", "x"], ["--root", "x", "list"]]) {
    const { code, stderr } = await there(args);
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, /\\"[.x]\\" is a relative path, but the working directory has been deleted/);
  }
});

test("wrong numbers of arguments and bad flags: help on stdout, the error on stderr", { skip }, async () => {
  const cases: [string[], RegExp][] = [
    [["create"], /tsrunc: \\"create\\" requires exactly 1 argument\(s\)/],
    [["state", "a", "b"], /tsrunc: \\"state\\" requires exactly 1 argument\(s\)/],
    [["kill"], /tsrunc: \\"kill\\" requires a minimum of 1 argument\(s\)/],
    [["kill", "a", "b", "c"], /tsrunc: \\"kill\\" requires a maximum of 2 argument\(s\)/],
    [["list", "x"], /tsrunc: \\"list\\" requires exactly 0 argument\(s\)/],
    [["create", "--bundle"], /flag needs an argument: -bundle/],
    [["create", "--nosuch", "x"], /flag provided but not defined: -nosuch/],
    [["run", "--preserve-fds", "many", "x"], /invalid value \\"many\\"/],
  ];
  for (const [args, expected] of cases) {
    const { code, stderr } = await tsrunc(args);
    assert.equal(code, 1, args.join(" "));
    assert.match(stderr, expected);
  }
  assert.match((await tsrunc(["create"])).stdout, /^Incorrect Usage: .*\n\nUsage: tsrunc create/);
});

test("global flags that are wrong", { skip }, async () => {
  const cases: [string[], RegExp][] = [
    [["--log-format", "xml", "list"], /invalid log-format: xml/],
    [["--root", "/", "list"], /Option --root argument should not be set to \//],
    [["--root", "/../.", "list"], /should not be set to \//],
    [["--rootless", "maybe", "list"], /rootless/],
    [["--cgroup-manager", "disabled", "list"], /--cgroup-manager=disabled: not supported/],
    [["--nosuch", "list"], /flag provided but not defined: -nosuch/],
    [["--log", "/no/such/dir/log", "list"], /no such file or directory/],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await tsrunc(args);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, args.join(" "));
    assert.match(stderr, expected);
  }
});

test("accepted and without effect: --criu, --rootless, --cgroup-manager cgroupfs, --systemd-cgroup of a list", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const globals = ["--criu", "/x", "--rootless=auto", "--cgroup-manager=cgroupfs", "--systemd-cgroup", "--debug=false"];
  mkdirSync(scratch.path("root"));
  const { code, stdout, stderr } = await tsrunc([...globals, "-root", scratch.path("root"), "list", "-q"]);
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "", stderr: "" });
});

const booted = existsSync("/run/systemd/system") ? "systemd is running" : skip;

test("--systemd-cgroup is refused by create where systemd is not running", { skip: booted }, async (t) => {
  const scratch = new Scratch(t);
  const { dir } = scratch.makeBundle();
  const { code, stderr } = await tsrunc(["--root", scratch.path("root"), "--systemd-cgroup", "create", "--bundle", dir, scratch.id()]);
  assert.equal(code, 1);
  assert.match(stderr, /systemd cgroup flag passed, but systemd support for managing cgroups is not available/);
});

test("the log: relative to the caller's directory, appended, text or JSON, debug on demand", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const cwd = scratch.dir;
  const fails = async (...flags: string[]) => {
    const { code, stderr } = await tsrunc(["--root", "r", ...flags, "state", "x"], { cwd });
    assert.equal(code, 1);
    return stderr;
  };
  assert.equal(await fails("--log", "log", "--log-format=json"), "container does not exist\n");
  assert.equal(await fails("--log=log", "-log-format", "json"), "container does not exist\n");
  const records = readFileSync(scratch.path("log"), "utf8").trimEnd().split("\n");
  assert.equal(records.length, 2);
  for (const record of records) assert.equal((JSON.parse(record) as { msg: string }).msg, "container does not exist");
  assert.match(await fails(), /^time="[^"]+" level=error msg="container does not exist"\n$/);
  assert.match(await fails("--log-format", "json"), /^\{"level":"error","msg":"container does not exist","time":"[^"]+"\}\n$/);
});

test("--debug: what is done is in the log, as debug records; still one error record", { skip: needsContainers() }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle({ process: { args: ["nosuch"] } });
  const log = scratch.path("log");
  const { code } = await scratch.runtime().run(["--debug", "--log", log, "--log-format=json", "run", "-b", bundle.dir, scratch.id()]);
  assert.equal(code, 1);
  const records = readFileSync(log, "utf8").trimEnd().split("\n");
  const levels = records.map((record) => (JSON.parse(record) as { level: string }).level);
  assert.equal(levels.filter((level) => level === "error").length, 1);
  assert.equal(levels.at(-1), "error");
  assert.ok(records.some((record) => record.includes("store/create")));
});

test("spec writes a config.json that plan accepts, and never overwrites one", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const cwd = scratch.dir;
  assert.deepEqual((await tsrunc(["spec"], { cwd })).code, 0);
  const text = readFileSync(scratch.path("config.json"), "utf8");
  assert.match(text, /^\{\n\t"ociVersion": "1\./);
  const again = await tsrunc(["spec"], { cwd });
  assert.equal(again.code, 1);
  assert.match(again.stderr, /File config\.json exists\. Remove it first/);
  assert.equal(readFileSync(scratch.path("config.json"), "utf8"), text);
  const plan = await tsrunc(["plan"], { cwd });
  assert.deepEqual({ code: plan.code, stderr: plan.stderr }, { code: 0, stderr: "" });
  mkdirSync(scratch.path("rootless"));
  assert.equal((await tsrunc(["spec", "--rootless", "--bundle", "rootless"], { cwd })).code, 0);
  assert.match(readFileSync(scratch.path("rootless/config.json"), "utf8"), /"user"/);
});

test("plan needs no rootfs, has no effect, and its JSON is the plan", { skip }, async (t) => {
  const scratch = new Scratch(t);
  mkdirSync(scratch.path("b"));
  assert.equal((await tsrunc(["spec", "-b", scratch.path("b")])).code, 0);
  const root = scratch.path("root");
  const text = await tsrunc(["--root", root, "plan", "-b", scratch.path("b")]);
  assert.equal(text.code, 0);
  const json = await tsrunc(["--root", root, "plan", "--json", "-b", scratch.path("b")]);
  const { command, steps } = JSON.parse(json.stdout) as { command: string; steps: { id: string }[] };
  assert.equal(command, "create");
  for (const { id } of steps) assert.ok(text.stdout.includes(` ${id} `), id);
  assert.ok(!existsSync(root));
  assert.ok(!existsSync(scratch.path("b/rootfs")));
});

const validator = (name: string) =>
  new Ajv2020({ strict: false }).compile(JSON.parse(readFileSync(`spec-schemas/${name}.json`, "utf8")) as object);

test("features and state are what their schemas say", { skip: needsContainers() }, async (t) => {
  const features = validator("features");
  assert.ok(features(JSON.parse((await tsrunc(["features"])).stdout)), JSON.stringify(features.errors));
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] }, annotations: { a: "b" } });
  const id = scratch.id();
  await runtime.create(id, bundle.dir);
  const state = validator("state");
  assert.ok(state(await runtime.state(id)), JSON.stringify(state.errors));
});

test("features: JSON on stdout, nothing on stderr", { skip }, async () => {
  const { code, stdout, stderr } = await tsrunc(["features"]);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const features = JSON.parse(stdout) as { ociVersionMin: string; mountOptions: string[]; linux: { seccomp: { actions: string[] } } };
  assert.equal(features.ociVersionMin, "1.0.0");
  for (const option of ["ro", "rbind", "rro", "rprivate", "tmpcopyup"]) assert.ok(features.mountOptions.includes(option), option);
  assert.ok(features.linux.seccomp.actions.includes("SCMP_ACT_ERRNO"));
});

test("XDG_RUNTIME_DIR set and empty is as if unset; an unknown environment does no harm", { skip: needsContainers() }, async () => {
  const env = { XDG_RUNTIME_DIR: "", NODE_OPTIONS: "--no-such-option", NODE_PATH: "/x", LD_LIBRARY_PATH: "/x" };
  const { code, stdout, stderr } = await tsrunc(["list", "-q"], { env });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.equal(typeof stdout, "string");
});

test("relative paths of create are the caller's, though it runs in the bundle", { skip: needsContainers() }, async (t) => {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  const runtime = scratch.runtime();
  const id = scratch.id();
  writeFileSync(scratch.path(".pid"), "stale");
  const args = ["create", "--bundle", bundle.dir.slice(scratch.dir.length + 1), "--pid-file", "pid", id];
  const { code } = await runtime.run(args, { cwd: scratch.dir, stdio: ["ignore", "ignore", "ignore"] });
  assert.equal(code, 0);
  assert.equal(readFileSync(scratch.path("pid"), "utf8"), String((await runtime.state(id)).pid));
  assert.ok(!existsSync(scratch.path(".pid")), "the temporary file was replaced and renamed");
  assert.equal(statSync(scratch.path("pid")).mode & 0o111, 0);
});
