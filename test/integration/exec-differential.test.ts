// What a process sees that `exec` adds must be the same under Debian's runc and under tsrunc. Differences that have a reason are in `allowed`.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand, plainEnvironment } from "../support/command.js";
import type { TestConfig } from "../support/config.js";
import { cgroupMounts } from "../support/leaks.js";
import { sourceRoot, tsruncPaths } from "../support/paths.js";
import { installProbe, parseSections } from "../support/probe.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { type Allowed, compare, explain, type Observation, print } from "./differential/compare.js";
import { normalise } from "./differential/normalise.js";

const reference = "/usr/sbin/runc";
const skip = needsContainers("runc", "gcc", "python3");

interface Case {
  readonly name: string;
  readonly skip?: string | false;
  readonly patch?: (config: TestConfig) => void;
  readonly flags?: readonly string[];
  /** For --process; the probe is its program. */
  readonly process?: Record<string, unknown>;
  /** The runtime is started on a terminal of this size. */
  readonly terminal?: readonly [number, number];
  readonly extraFds?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Made in every hierarchy, below the container's. */
  readonly cgroup?: string;
  /** Started by sh with this umask. */
  readonly umask?: string;
  /** Started by sh with these signals ignored. */
  readonly ignoring?: string;
}

const allCaps = ["CAP_CHOWN", "CAP_KILL", "CAP_NET_RAW", "CAP_SETUID", "CAP_SETGID"];
const sets = (names: readonly string[], ...keys: string[]) => Object.fromEntries(keys.map((key) => [key, [...names]]));
const errnoFor = (name: string) => ({
  defaultAction: "SCMP_ACT_ALLOW",
  architectures: ["SCMP_ARCH_X86_64"],
  syscalls: [{ names: [name], action: "SCMP_ACT_ERRNO", errnoRet: 95 }],
});
const without = (config: TestConfig, ...types: string[]) =>
  (config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) => !types.includes(type)));

function userNamespace(config: TestConfig): void {
  config.linux.namespaces.push({ type: "user" });
  const map = [{ containerID: 0, hostID: 100000, size: 65536 }];
  Object.assign(config.linux, { uidMappings: map, gidMappings: map });
  config.mounts = config.mounts.filter(({ destination }: { destination: string }) => destination !== "/sys/fs/cgroup");
}

const cases: readonly Case[] = [
  { name: "no flags" },
  { name: "a user", flags: ["--user", "1000:1001"] },
  { name: "a user without group keeps the config's", patch: (config) => (config.process.user = { uid: 3, gid: 4 }), flags: ["-u", "5"] },
  {
    name: "groups are appended",
    patch: (config) => (config.process.user = { uid: 0, gid: 0, additionalGids: [7] }),
    flags: ["-g", "8", "-g=9"],
  },
  { name: "env and cwd", flags: ["--env", "A=1", "--env", "B=2 3", "--env=TERM=dumb", "-env", "A=4", "--cwd", "/dev"] },
  { name: "an empty HOME", flags: ["-e", "HOME="] },
  { name: "a capability", flags: ["--cap", "CAP_NET_RAW"] },
  { name: "a capability for a user", flags: ["--cap", "CAP_NET_RAW", "--user", "1"] },
  {
    name: "a capability where some are inheritable and ambient",
    patch: (config) =>
      (config.process.capabilities = {
        ...sets(["CAP_KILL"], "bounding", "effective", "permitted", "inheritable", "ambient"),
      }),
    flags: ["--cap", "CAP_NET_RAW", "--user", "1"],
  },
  { name: "no_new_privs", patch: (config) => (config.process.noNewPrivileges = false), flags: ["--no-new-privs"] },
  { name: "without no_new_privs", patch: (config) => (config.process.noNewPrivileges = false) },
  { name: "seccomp", patch: (config) => (config.linux.seccomp = errnoFor("getcwd")) },
  {
    name: "seccomp without no_new_privs, as a user",
    patch: (config) => {
      config.linux.seccomp = errnoFor("sethostname");
      config.process.noNewPrivileges = false;
    },
    flags: ["--user", "1000"],
  },
  { name: "descriptors", flags: ["--preserve-fds", "2"], extraFds: 3 },
  { name: "descriptors that nobody asked for", extraFds: 3 },
  { name: "LISTEN_FDS is not for exec", env: { LISTEN_FDS: "1", LISTEN_PID: "1" }, extraFds: 1 },
  { name: "limits of the container", patch: (config) => config.process.rlimits.push({ type: "RLIMIT_CORE", soft: 1, hard: 2 }) },
  { name: "umask of the container", patch: (config) => (config.process.user.umask = 0o027) },
  { name: "umask of the caller", umask: "077" },
  { name: "oom score of the container", patch: (config) => (config.process.oomScoreAdj = 321) },
  { name: "signals ignored by the caller", ignoring: "HUP INT PIPE USR1" },
  { name: "a cgroup below", cgroup: "sub", flags: ["--cgroup", "sub"] },
  {
    name: "a cgroup below, of two controllers",
    skip: needs("cgroup1"),
    cgroup: "sub",
    flags: ["--cgroup", "pids,memory:sub", "--cgroup", "cpu:/sub"],
  },
  { name: "a terminal", flags: ["--tty"], terminal: [91, 33] },
  { name: "a terminal for a user", flags: ["--tty", "--user", "1000"], terminal: [91, 33] },
  { name: "a process file", process: { user: { uid: 5, gid: 6, additionalGids: [7, 8] }, env: ["PATH=/bin", "A=b"], cwd: "/dev" } },
  {
    name: "a process file with everything",
    process: {
      user: { uid: 5, gid: 6 },
      env: ["PATH=/bin"],
      cwd: "/",
      noNewPrivileges: true,
      capabilities: sets(["CAP_KILL"], "bounding", "effective", "permitted", "inheritable", "ambient"),
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 99 }],
    },
  },
  { name: "a process file with a terminal", process: { terminal: true, user: { uid: 0, gid: 0 }, cwd: "/" }, terminal: [80, 24] },
  {
    name: "a process file with more capabilities",
    process: { user: { uid: 0, gid: 0 }, cwd: "/", capabilities: sets(allCaps, "bounding", "effective", "permitted") },
  },
  { name: "a user namespace", patch: userNamespace },
  { name: "a user in a user namespace", patch: userNamespace, flags: ["--user", "12:34", "-g", "5"] },
  { name: "a cgroup namespace", patch: (config) => config.linux.namespaces.push({ type: "cgroup" }) },
  { name: "the host's network, ipc and uts", patch: (config) => (without(config, "network", "ipc", "uts"), delete config.hostname) },
  { name: "the host's pids", patch: (config) => without(config, "pid") },
];

/** With an id as in src's test of the whole runtime: found in docs/compatibility.md. */
const allowed: readonly Allowed[] = [
  {
    id: "exec-umask",
    section: "process|status|access",
    line: "(umask|Umask|create works)",
    cases: "^umask of the (container|caller)$",
    reason:
      "runc 1.1.5 gives a process that exec adds the umask of its caller; tsrunc that of the container, 0022 when config.json has none.",
  },
  {
    id: "nofile-soft",
    section: "limits",
    line: "Max open files +(77|99) +99 ",
    cases: "^a process file with everything$",
    reason: "runc 1.1.5 raises the soft limit to the hard one (golang/go#46279), as newer ones do not.",
  },
  {
    id: "exec-keyring",
    section: "process",
    line: "session keyring keyring;0;0;3f130008|3f130000;",
    cases: "user namespace$",
    reason:
      "In a user namespace nobody inside is the owner of a keyring: others may search the one of tsrunc, so that exec finds it by its name; runc makes a new one.",
  },
  {
    id: "terminal-size",
    section: "terminal",
    line: "^[-+][012] /dev/pts/0 ",
    cases: "^a (process file with a )?terminal",
    reason: "runc sets size and modes of the terminal while the program may run already.",
  },
  {
    id: "mqueue-owner",
    section: "dev",
    line: "^[-+]/dev/mqueue 041777 0:(0|65534)$",
    cases: "user namespace$",
    reason: "In a user namespace runc's mqueue belongs to a group that is not mapped; tsrunc's belongs to the container's root.",
  },
];

async function observe(
  path: string,
  { patch, flags = [], ...more }: Case,
  dir?: string,
): Promise<{ seen: Observation; dir: string; message: string }> {
  const scratch = new Scratch(undefined, dir);
  try {
    const runtime = scratch.runtime(path);
    const bundle = scratch.makeBundle((config) => {
      config.process.args = ["sleep", "1000"];
      config.linux.cgroupsPath = `/${scratch.marker}`;
      patch?.(config);
    });
    installProbe(bundle.rootfs);
    const id = `${scratch.marker}-1`;
    const pidFile = scratch.path("pid");
    const started = await runtime.run(["run", "--detach", "--pid-file", pidFile, "--bundle", bundle.dir, id], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    assert.equal(started.code, 0, `${path}: run`);
    const { pid } = await runtime.state(id);
    if (more.cgroup !== undefined) for (const mount of cgroupMounts()) makeCgroup(join(mount, scratch.marker), more.cgroup);
    const file = scratch.path("process.json");
    if (more.process !== undefined) writeFileSync(file, JSON.stringify({ ...more.process, args: ["/probe"] }));
    const what = more.process === undefined ? [...flags, id, "/probe"] : [...flags, "--process", file, id];
    const { stdout, stderr, code } = await execute([path, "--root", runtime.root, "exec", ...what], more, scratch.path("stdin"));
    const sections = parseSections(stdout);
    if (sections["end"] === undefined)
      return { seen: { refused: ["yes"] }, dir: scratch.dir, message: `exit code ${code}: ${stderr}${stdout.slice(-300)}` };
    const known = new Map(readdirSync(`/proc/${pid}/ns`).map((name) => [readlinkSync(`/proc/${pid}/ns/${name}`), "of init"] as const));
    return { seen: normalise({ ...sections, end: [`exit code ${code}`] }, known), dir: scratch.dir, message: stderr };
  } finally {
    await scratch.cleanup();
  }
}

/** A new cpuset of version 1 takes no processes before it has CPUs. */
function makeCgroup(parent: string, name: string): void {
  mkdirSync(join(parent, name));
  for (const file of ["cpuset.cpus", "cpuset.mems"]) {
    if (existsSync(join(parent, name, file))) writeFileSync(join(parent, name, file), readFileSync(join(parent, file)));
  }
}

async function execute(
  command: readonly string[],
  { terminal, extraFds = 0, env, umask = "022", ignoring }: Omit<Case, "name">,
  fifo: string,
) {
  const extra = Array.from({ length: extraFds }, () => openSync("/etc/hostname", "r"));
  const stdin = terminal === undefined ? "pipe" : endless(fifo);
  const onTerminal = terminal === undefined ? [] : ["python3", join(sourceRoot, "test/support/onpty.py"), ...terminal.map(String)];
  const trapped = ["sh", "-c", `umask ${umask}; ${ignoring === undefined ? "" : `trap '' ${ignoring};`} exec "$@"`, "sh"];
  const [program = "", ...args] = [...trapped, ...onTerminal, ...command];
  try {
    return await runCommand(program, args, {
      stdio: [stdin, "pipe", "pipe", ...extra],
      env: { ...plainEnvironment, ...env },
      timeoutMs: 20_000,
    });
  } finally {
    for (const fd of extra) closeSync(fd);
    if (stdin !== "pipe") closeSync(stdin);
  }
}

/** Its end would be typed on the terminal, and echoed. */
function endless(fifo: string): number {
  execFileSync("mkfifo", [fifo]);
  return openSync(fifo, "r+");
}

describe("exec as under runc", { skip }, () => {
  for (const one of cases) {
    test(one.name, { skip: one.skip ?? false }, async () => {
      const before = await observe(reference, one);
      assert.equal(before.seen["refused"], undefined, `${reference}: ${before.message}`);
      for (const path of tsruncPaths) {
        const after = await observe(path, one, before.dir);
        const unexplained = compare(before.seen, after.seen).filter((difference) => explain(difference, one.name, allowed) === undefined);
        assert.equal(unexplained.map(print).join("\n"), "", `- ${reference}, + ${path} (${after.message})`);
      }
    });
  }
});
