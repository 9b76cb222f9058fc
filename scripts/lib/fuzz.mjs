// What `npm run fuzz` runs: OUT/fuzz/fuzz.mjs (the targets of test/fuzz) and OUT/fuzz/fuzz-native (those of addon/fuzz).
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inParallel } from "./parallel.mjs";
import { filesBelow, step } from "./stamps.mjs";
import { bundleTest } from "./tests.mjs";
import { Missing } from "./tools.mjs";

export async function bundleFuzzer(where) {
  const directory = join(where.out, "fuzz");
  mkdirSync(directory, { recursive: true });
  const program = join(directory, "fuzz.mjs");
  await bundleTest(where, join(where.root, "test/fuzz/main.ts"), program);
  return program;
}

/** The readers that addon/fuzz calls, and what those need. */
const sources = [
  ...["result", "seccomp", "seccomp_request", "seccomp_stub", "netlink_message", "notify", "sockets", "signals"].map(
    (name) => `core/${name}`,
  ),
  ...["channel", "passwd", "status", "sys", "times", "fs/mountinfo", "fs/options"].map((name) => `init/${name}`),
  ...["quickjs/utf8", "systemd/text", "systemd/values"],
];

const sanitizers = "address,undefined";
const flags = ["-std=gnu++20", "-g", "-O1", "-fno-exceptions", "-fno-rtti", "-fno-omit-frame-pointer", "-fno-sanitize-recover=all"];

/** A clang++ that has libFuzzer, or undefined. */
export function findFuzzingCompiler() {
  const names = ["clang++", ...Array.from({ length: 10 }, (_, index) => `clang++-${22 - index}`), "clang++-13"];
  const input = 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }';
  const args = ["-x", "c++", "-", `-fsanitize=fuzzer,${sanitizers}`, "-o", "/dev/null"];
  return names.find((name) => spawnSync(name, args, { input }).status === 0);
}

export const noFuzzingCompiler =
  "needs clang with libFuzzer: the Debian packages clang and libclang-rt-dev (Debian 12: clang-14, libclang-rt-14-dev)";

function run(command, args) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    let output = "";
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", fail);
    child.on("close", (code) => (code === 0 ? done() : fail(new Missing(`${command} ${args.join(" ")}: ${output.trim()}`))));
  });
}

/** OUT/fuzz/fuzz-native. Throws Missing without a compiler that can. */
export async function buildNativeFuzzer({ root, out }) {
  const compiler = findFuzzingCompiler();
  if (compiler === undefined) throw new Missing(noFuzzingCompiler);
  const directory = join(out, "fuzz");
  mkdirSync(join(directory, "objects"), { recursive: true });
  const program = join(directory, "fuzz-native");
  const inputs = [...filesBelow(join(root, "addon")), join(out, "gen/ops.gen.h"), join(root, "scripts/lib/fuzz.mjs")];
  await step(out, "fuzzer", { inputs, outputs: [program], key: compiler }, async () => {
    const own = readdirSync(join(root, "addon/fuzz")).filter((name) => name.endsWith(".cc"));
    const files = [...own.map((name) => `fuzz/${name.slice(0, -3)}`), ...sources];
    const include = [`-I${join(root, "addon")}`, `-I${root}`, `-I${join(out, "gen")}`];
    const objects = files.map((file) => join(directory, "objects", `${file.replaceAll("/", "-")}.o`));
    const tasks = files.map((file, index) => [join(root, "addon", `${file}.cc`), objects[index]]);
    await inParallel(tasks, ([source, object]) =>
      run(compiler, [...flags, `-fsanitize=fuzzer-no-link,${sanitizers}`, ...include, "-c", source, "-o", object]),
    );
    await run(compiler, [`-fsanitize=fuzzer,${sanitizers}`, ...objects, "-lseccomp", "-o", program]);
  });
  return program;
}

/** As addon/fuzz/main.cc lists them. */
export const nativeTargets = [
  "plan",
  "step",
  "message",
  "channel",
  "notify",
  "seccomp",
  "netlink",
  "mountinfo",
  "passwd",
  "options",
  "utf8",
  "systemd",
];
