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
import { join } from "node:path";
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
  const seen = join(scratch, "ids");
  writeFileSync(seen, "");
  // The programs know no --root. The ids are written down, for containers without a cgroupsPath make cgroups of that name.
  const wrapper = join(scratch, "runtime");
  const record = `for a; do :; done; printf '%s\\n' "$a" >>'${seen}'`;
  writeFileSync(wrapper, `#!/bin/sh\n[ "$1" = create ] && { ${record}; }\nexec '${runtime}' --root '${state}' "$@"\n`, { mode: 0o755 });
  const begin = performance.now();
  try {
    const ended = await runInNamespace(path, { checkout, wrapper, temporary, timeoutMs, hideUnified });
    const totals = parseTap(ended.stdout);
    const seconds = (performance.now() - begin) / 1000;
    return { name, ...totals, seconds, verdict: verdictOf(ended, totals), output: ended.stdout + ended.stderr };
  } finally {
    cleanUp({ runtime, state, hideUnified, ids: readFileSync(seen, "utf8").split("\n").filter(Boolean) });
    rmSync(scratch, { recursive: true, force: true });
  }
}

const enter = (hideUnified) => {
  const script = hideUnified && existsSync(unified) ? `umount -l ${unified} && exec "$@"` : 'exec "$@"';
  return ["--mount", "--propagation", "private", "sh", "-c", script, "sh"];
};

function runInNamespace(path, { checkout, wrapper, temporary, timeoutMs, hideUnified }) {
  return new Promise((done, fail) => {
    const child = spawn("unshare", [...enter(hideUnified), path], {
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

function cleanUp({ runtime, state, hideUnified, ids }) {
  const left = existsSync(state) ? readdirSync(state) : [];
  for (const id of left)
    spawnSync("unshare", [...enter(hideUnified), runtime, "--root", state, "delete", "--force", id], { stdio: "ignore" });
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
