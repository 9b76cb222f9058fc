// Runs the validation programs of a built checkout of opencontainers/runtime-tools, each in a mount namespace and with a state directory and a
// temporary directory of its own, and removes what it leaves.
import { spawn, spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { clearTimeout, setTimeout } from "node:timers";
import { parseTap } from "./tap.mjs";
import { Missing } from "./tools.mjs";

const unified = "/sys/fs/cgroup/unified";
/** The cgroups that the programs name themselves (cgroups/cgroups.go). */
const namedCgroups = ["cgrouptest", "testdir"];

/** {name, path} of each program, in alphabetical order. Throws Missing when the checkout is not built. */
export function findPrograms(checkout, only) {
  const directory = join(checkout, "validation");
  if (!existsSync(directory)) throw new Missing(`${checkout} is no checkout of opencontainers/runtime-tools: it has no validation/.`);
  const names = readdirSync(directory).filter((name) => existsSync(join(directory, name, `${name}.go`)));
  const missing = ["runtimetest", ...names.map((name) => `validation/${name}/${name}.t`)].filter(
    (path) => !isExecutable(join(checkout, path)),
  );
  if (missing.length > 0)
    throw new Missing(`${missing[0]} is not built: run \`make runtimetest validation-executables\` in ${checkout} (Go 1.21 or newer).`);
  const wanted = names.filter((name) => only.length === 0 || only.includes(name));
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Missing(`${unknown.join(", ")}: no such program; there are ${names.join(", ")}.`);
  return wanted.sort().map((name) => ({ name, path: join(directory, name, `${name}.t`) }));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Resolves to {name, ok, notOk, skip, failures, seconds, verdict, output}. `verdict`: "clean", "not ok", "exit N", "killed by SIGNAL", "hangs".
 * `hideUnified`: without the cgroup v2 directory beside version 1, which crun takes for the only one.
 */
export async function runProgram({ name, path }, { checkout, runtime, timeoutMs, hideUnified }) {
  const scratch = mkdtempSync(join(tmpdir(), "tsrunc-conformance-"));
  chmodSync(scratch, 0o755);
  const state = join(scratch, "state");
  const temporary = join(scratch, "tmp");
  mkdirSync(temporary);
  const surroundings = { hideUnified, mountNetwork: makeNetwork() };
  const seen = join(scratch, "ids");
  writeFileSync(seen, "");
  // The programs know no --root. The ids are written down, for containers without a cgroupsPath make cgroups of that name.
  const wrapper = join(scratch, "runtime");
  const record = `for a; do :; done; printf '%s\\n' "$a" >>'${seen}'`;
  writeFileSync(wrapper, `#!/bin/sh\n[ "$1" = create ] && { ${record}; }\nexec '${runtime}' --root '${state}' "$@"\n`, { mode: 0o755 });
  const begin = performance.now();
  try {
    const ended = await runInNamespace(path, { checkout, wrapper, temporary, timeoutMs, surroundings });
    const totals = parseTap(ended.stdout);
    const seconds = (performance.now() - begin) / 1000;
    return { name, ...totals, seconds, verdict: verdictOf(ended, totals), output: ended.stdout + ended.stderr };
  } finally {
    cleanUp({ runtime, state, surroundings, ids: readFileSync(seen, "utf8").split("\n").filter(Boolean) });
    if (surroundings.mountNetwork) removeNetwork(surroundings);
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * net_cls and net_prio, which two programs want, are there on many hosts of version 1 that mount them nowhere. They are mounted where the programs
 * look for them, in the mount namespace of each alone; only the two directories are there for everybody while it runs.
 */
const network = ["net_cls", "net_prio"].map((name) => `/sys/fs/cgroup/${name}`);

const enter = ({ hideUnified, mountNetwork }) => {
  const hide = hideUnified && existsSync(unified) ? `umount -l ${unified} && ` : "";
  const mount = mountNetwork ? network.map((path) => `mount -t cgroup -o ${basename(path)} cgroup ${path}; `).join("") : "";
  return ["--mount", "--propagation", "private", "sh", "-c", `${mount}${hide}exec "$@"`, "sh"];
};

/** Whether the directories were made, for controllers that nobody has mounted. */
function makeNetwork() {
  const known = ["net_cls", "net_prio"].every((name) => new RegExp(`^${name}\\s`, "m").test(readFileSync("/proc/cgroups", "utf8")));
  const mounts = readFileSync("/proc/self/mountinfo", "utf8");
  if (!known || !mounts.includes(" - cgroup ") || mounts.includes("net_cls") || network.some((path) => existsSync(path))) return false;
  for (const path of network) mkdirSync(path);
  return true;
}

/** A hierarchy stays, without a mount, as long as it has a cgroup, one that is ending too: once more, until both are gone (ten seconds at most). */
function removeNetwork(surroundings) {
  const sweep = ["find", ...network, "-mindepth", "1", "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"];
  const stays = () => /^net_(cls|prio)\s+[1-9]/m.test(readFileSync("/proc/cgroups", "utf8"));
  for (let left = 100; left > 0 && stays(); left--) {
    spawnSync("unshare", [...enter(surroundings), ...sweep], { stdio: "ignore" });
    if (stays()) spawnSync("sleep", ["0.1"]);
  }
  for (const path of network) rmdirSync(path);
}

function runInNamespace(path, { checkout, wrapper, temporary, timeoutMs, surroundings }) {
  return new Promise((done, fail) => {
    const child = spawn("unshare", [...enter(surroundings), path], {
      cwd: checkout,
      env: { PATH: process.env.PATH, HOME: "/root", TMPDIR: temporary, RUNTIME: wrapper },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const ended = { stdout: "", stderr: "", hangs: false };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (ended[name] += text));
    const timer = setTimeout(() => {
      ended.hangs = true;
      // The program's process group: the calls of the runtime that it waits for as well.
      process.kill(-child.pid, "SIGKILL");
    }, timeoutMs);
    child.on("error", fail);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      // A container that it left may hold the pipes open for as long as it lives.
      setTimeout(() => done({ ...ended, code, signal }), 50);
    });
  });
}

function verdictOf({ hangs, code, signal, stderr }, { notOk, failures }) {
  if (hangs) return "hangs";
  if (signal !== null) return `killed by ${signal}`;
  if (/^panic: /m.test(stderr)) return "crashes";
  if (notOk > 0 || failures.length > 0) return "not ok";
  return code === 0 ? "clean" : `exit ${code}`;
}

function cleanUp({ runtime, state, surroundings, ids }) {
  const left = existsSync(state) ? readdirSync(state) : [];
  for (const id of left)
    spawnSync("unshare", [...enter(surroundings), runtime, "--root", state, "delete", "--force", id], { stdio: "ignore" });
  for (const hierarchy of cgroupMounts()) for (const name of [...namedCgroups, ...ids]) removeCgroup(join(hierarchy, name));
}

function cgroupMounts() {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => / - cgroup2? /.test(line)).map((line) => line.split(" ")[4]);
}

/** With what is below it, and only where no process is. */
function removeCgroup(path) {
  if (!existsSync(path)) return;
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeCgroup(join(path, entry.name));
  try {
    rmdirSync(path);
  } catch {
    // A process is still in it: it is not ours to end.
  }
}
