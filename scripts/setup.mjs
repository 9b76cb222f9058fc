// Installs what is missing: npm packages, and as root on a Debian or Ubuntu the system packages for building (and for testing).
//   node scripts/setup.mjs [--tests] [--lint] [--bench]
// Does nothing when all is there. Prints one line for each step.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Missing, asProgram } from "./lib/tools.mjs";

/** Debian package -> what shows that it is there. */
const buildPackages = {
  cmake: { program: "cmake" },
  "g++": { program: "g++" },
  make: { program: "make" },
  "pkg-config": { program: "pkg-config" },
  "libseccomp-dev": { file: "/usr/include/seccomp.h" },
  "musl-tools": { program: "musl-gcc" },
  "xz-utils": { program: "xz" },
  binutils: { program: "strip" },
};

const runPackages = { "busybox-static": { staticProgram: "busybox" } };

const testPackages = {
  runc: { program: "runc" },
  crun: { program: "crun" },
  strace: { program: "strace" },
  jq: { program: "jq" },
  python3: { program: "python3" },
  iproute2: { program: "ip" },
  debootstrap: { program: "debootstrap" },
  "doctest-dev": { file: "/usr/include/doctest/doctest.h" },
};

const lintPackages = { "clang-format": { program: "clang-format" } };
const benchPackages = { hyperfine: { program: "hyperfine" }, runc: { program: "runc" }, crun: { program: "crun" } };

const paths = [...new Set([...(process.env.PATH ?? "").split(":"), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"])];

function findProgram(name) {
  for (const directory of paths.filter((path) => path.startsWith("/"))) {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return join(directory, name);
    } catch {
      // Not in this directory.
    }
  }
  return undefined;
}

/** The ELF has no interpreter: it runs in an empty rootfs. */
function isStatic(path) {
  return !readFileSync(path).subarray(0, 4096).includes("/ld-linux");
}

function isThere({ program, file, staticProgram }) {
  if (file !== undefined) return existsSync(file);
  const path = findProgram(program ?? staticProgram);
  return path !== undefined && (staticProgram === undefined || isStatic(path));
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { encoding: "utf8", maxBuffer: 1 << 26, ...options });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}`);
  throw new Missing(`${[command, ...args].join(" ")} failed${result.error ? `: ${result.error.message}` : "; its output is above"}.`);
}

function progress(name, text) {
  process.stdout.write(`setup: ${name.padEnd(12)} ${text}\n`);
}

async function timed(name, what, work) {
  const begin = performance.now();
  work();
  progress(name, `${what} (${((performance.now() - begin) / 1000).toFixed(1)} s)`);
}

async function systemPackages({ tests, lint, bench }) {
  const optional = { ...(tests ? testPackages : {}), ...(lint ? lintPackages : {}), ...(bench ? benchPackages : {}) };
  const wanted = { ...buildPackages, ...runPackages, ...optional };
  const missing = Object.keys(wanted).filter((name) => !isThere(wanted[name]));
  if (missing.length === 0) return progress("packages", "all there");
  if (process.getuid() !== 0 || findProgram("apt-get") === undefined) {
    throw new Missing(`install these packages first (as root, on Debian: apt-get install ${missing.join(" ")}): ${missing.join(", ")}.`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const install = ["install", "-y", "-q", "--no-install-recommends", ...missing];
  const tryInstall = () => spawnSync("apt-get", install, { encoding: "utf8", maxBuffer: 1 << 26, env }).status === 0;
  await timed("packages", `installed ${missing.join(" ")}`, () => {
    // A fresh image has no package lists, an old one has stale ones: fetch them only when the first try fails.
    if (tryInstall()) return;
    run("apt-get", ["update", "-q"], { env });
    run("apt-get", install, { env });
  });
}

/** node_modules is what package-lock.json says: npm leaves a copy of the lock file there. */
function npmIsFresh(root) {
  const installed = join(root, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  if (statSync(installed).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs) return true;
  const packagesOf = (path) => JSON.parse(readFileSync(path, "utf8")).packages;
  const now = packagesOf(installed);
  return Object.entries(packagesOf(join(root, "package-lock.json"))).every(
    ([path, { version, optional }]) => path === "" || optional === true || now[path]?.version === version,
  );
}

async function npmPackages(root) {
  if (npmIsFresh(root)) return progress("npm", "up to date");
  await timed("npm", "npm ci", () => run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root }));
}

/** `tests`, `lint` and `bench` add what these need to what a build needs. Throws Missing. */
export async function setup({ root, tests = false, lint = false, bench = false }) {
  const major = Number(process.versions.node.split(".")[0]);
  if (major < 20) throw new Missing(`Node ${process.versions.node} is too old: install Node 20 or newer.`);
  if (process.platform !== "linux") throw new Missing(`tsrunc runs on Linux only, this is ${process.platform}.`);
  await systemPackages({ tests, lint, bench });
  await npmPackages(root);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { tests: { type: "boolean" }, lint: { type: "boolean" }, bench: { type: "boolean" } } });
  await asProgram("setup", () => setup({ root: dirname(dirname(fileURLToPath(import.meta.url))), ...values }));
}
