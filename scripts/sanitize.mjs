// npm run sanitize [-- --out DIR] [--only unit|product|memcheck] [SUBSET...]: the C++ under AddressSanitizer and UndefinedBehaviorSanitizer, and
// under valgrind where it is. docs/fuzzing.md.
//
//   unit      the C++ tests
//   product   the end-to-end tests named SUBSET, with an addon and a tsrunc-init that have the sanitizers in them
//   memcheck  create, state, delete and more by the static host, without the heap of the build, under valgrind
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { bundle, codeCache } from "./lib/bundle.mjs";
import { generateHeaders, generateValidators } from "./lib/generate.mjs";
import { buildNativeTests, buildSanitizedNative } from "./lib/native.mjs";
import { makeRootfs } from "./lib/rootfs.mjs";
import { buildStatic } from "./lib/static.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What uses most of the system calls. */
const usualSubset = ["lifecycle.", "exec.", "mounts.", "notify.", "net-devices.", "seccomp.", "one-clone."].map(
  (name) => `integration/${name}`,
);

const report = /(ERROR: \w+Sanitizer|runtime error:|SUMMARY: )/;

async function unit(where) {
  await buildNativeTests(where, { sanitize: true });
  const directory = join(where.out, "tests");
  let failed = 0;
  const names = readdirSync(directory).filter((name) => name.startsWith("test-"));
  for (const name of names) {
    const { status, stdout, stderr } = spawnSync(join(directory, name), [], { cwd: "/", encoding: "utf8", timeout: 600_000 });
    if (status === 0 && !report.test(stderr)) continue;
    failed++;
    process.stdout.write(`sanitize: ${name} failed\n${stdout}${stderr}\n`);
  }
  process.stdout.write(`sanitize: unit: ${names.length} programs, ${failed} failed\n`);
  return failed === 0;
}

/** What the launcher starts instead of Node: the sanitizer has to be there before the addon. */
function nodeWithSanitizer(out) {
  const library = spawnSync("g++", ["-print-file-name=libasan.so"], { encoding: "utf8" }).stdout.trim();
  if (!library.startsWith("/")) throw new Missing("libasan is missing: install the Debian package g++.");
  const path = join(out, "node-sanitized");
  // Node itself ends without giving back its memory.
  const options = "detect_leaks=0:log_path=" + join(out, "sanitizer-report");
  writeFileSync(path, `#!/bin/sh\nLD_PRELOAD=${library} ASAN_OPTIONS=${options} exec ${process.execPath} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

async function product(where, subsets) {
  const node = nodeWithSanitizer(where.out);
  await buildSanitizedNative(where, { node });
  await bundle(where);
  await codeCache(where, node);
  for (const name of readdirSync(where.out).filter((entry) => entry.startsWith("sanitizer-report"))) rmSync(join(where.out, name));
  const args = [join(root, "scripts/test.mjs"), "--no-build", "--out", where.out, ...subsets];
  const env = { ...process.env, TSRUNC: join(where.out, "tsrunc"), TSRUNC_TEST_PATIENCE: "4" };
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit", env });
  const reports = readdirSync(where.out).filter((entry) => entry.startsWith("sanitizer-report"));
  for (const name of reports) process.stdout.write(readFileSync(join(where.out, name), "utf8"));
  process.stdout.write(`sanitize: product: tests ended with ${status}, ${reports.length} reports\n`);
  return status === 0 && reports.length === 0;
}

const config = {
  ociVersion: "1.0.2",
  process: { args: ["true"], cwd: "/", env: ["PATH=/bin"], user: { uid: 0, gid: 0 } },
  root: { path: "rootfs", readonly: true },
  mounts: [{ destination: "/proc", type: "proc", source: "proc" }],
  linux: { namespaces: ["pid", "mount", "ipc", "uts", "network"].map((type) => ({ type })) },
};

/**
 * Commands of a container's life, and some that fail. `without`: valgrind 3.19 knows neither execveat(2) of a memfd nor pidfd_send_signal(2), so that
 * what comes to these calls can only fail there; it is done once more without valgrind.
 */
const life = (bundlePath) => [
  { args: ["--version"] },
  { args: ["features"] },
  { args: ["plan", "--bundle", bundlePath] },
  { args: ["plan", "--json", "--bundle", "nowhere"], fails: true },
  { args: ["create", "--bundle", bundlePath, "checked"], without: true },
  { args: ["state", "checked"] },
  { args: ["list"] },
  { args: ["ps", "checked"] },
  { args: ["update", "--pids-limit", "100", "checked"] },
  { args: ["create", "--bundle", bundlePath, "checked"], fails: true },
  { args: ["kill", "checked", "KILL"], without: true },
  { args: ["delete", "checked"] },
  { args: ["state", "checked"], fails: true },
];

/** One command under valgrind; what is wrong with it, or undefined. */
function checked(stage, directory, { args, fails = false, without = false }) {
  const log = join(directory, "log");
  const valgrind = ["--quiet", "--error-exitcode=99", "--child-silent-after-fork=yes", `--log-file=${log}`];
  const command = [stage, "--root", join(directory, "state"), ...args];
  // A created container keeps what it is given.
  const options = { encoding: "utf8", stdio: args[0] === "create" ? "ignore" : "pipe" };
  const { status, stderr } = spawnSync("valgrind", [...valgrind, ...command], options);
  // Not what it says of system calls that it does not know.
  const complaints = readFileSync(log, "utf8").match(/^==.*$/gm) ?? [];
  if (complaints.length > 0) return complaints.join("\n");
  if (without) return spawnSync(command[0], command.slice(1), options).status === 0 ? undefined : "it fails without valgrind, too";
  return (status === 0) === fails ? `exit code ${status}: ${stderr}` : undefined;
}

async function memcheck(where) {
  if (spawnSync("valgrind", ["--version"]).status !== 0) {
    process.stdout.write("sanitize: memcheck: skipped: needs valgrind (Debian package valgrind)\n");
    return true;
  }
  const stage = join(where.out, "native-static/tsrunc-stage");
  if (!existsSync(stage)) await buildStatic(where, {});
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-memcheck-"));
  try {
    makeRootfs(join(directory, "rootfs"));
    writeFileSync(join(directory, "config.json"), JSON.stringify(config));
    mkdirSync(join(directory, "state"));
    let errors = 0;
    for (const command of life(directory)) {
      const wrong = checked(stage, directory, command);
      if (wrong === undefined) continue;
      errors++;
      process.stdout.write(`sanitize: memcheck: ${command.args.join(" ")}: ${wrong}\n`);
    }
    process.stdout.write(`sanitize: memcheck: ${life("").length} commands, ${errors} with errors\n`);
    return errors === 0;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { out: { type: "string", default: "build/sanitized" }, only: { type: "string" } },
  });
  if (process.getuid() !== 0) throw new Missing("needs root, as the tests do.");
  const where = { root, out: resolve(root, values.out) };
  mkdirSync(where.out, { recursive: true });
  await generateHeaders(where);
  await generateValidators(where);
  const parts = { unit, product, memcheck };
  const wanted = values.only === undefined ? Object.keys(parts) : [values.only];
  const good = [];
  for (const name of wanted) {
    if (!Object.hasOwn(parts, name)) throw new Missing(`no part ${name}: ${Object.keys(parts).join(", ")}.`);
    good.push(await parts[name](where, positionals.length > 0 ? positionals : usualSubset));
  }
  process.exitCode = good.every(Boolean) ? 0 : 1;
}

await asProgram("sanitize", main);
