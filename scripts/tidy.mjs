// npm run tidy [-- --out DIR] [FILE...]: clang-tidy over the C++ of the product, with the checks of .clang-tidy. Six minutes of one processor:
// not part of npm run lint. Needs a build (generated headers) and, for addon/quickjs, npm run build:static.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { generateHeaders } from "./lib/generate.mjs";
import { inParallel } from "./lib/parallel.mjs";
import { filesBelow } from "./lib/stamps.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** addon/test and addon/fuzz are no part of the product. */
const parts = ["core", "init", "node", "quickjs", "systemd", "launcher"];

/** quickjs.h as it is compiled with (scripts/lib/engine.mjs). */
function quickjsDirectory(out) {
  const engine = join(out, "static/engine");
  return existsSync(engine) ? engine : undefined;
}

function compilerArguments(out, quickjs) {
  const system = [quickjs, "node_modules/node-api-headers/include", "node_modules/node-addon-api"].filter((path) => path !== undefined);
  return [
    ...[
      "-std=gnu++20",
      "-fno-exceptions",
      "-fno-rtti",
      "-DNAPI_VERSION=8",
      "-DNAPI_DISABLE_CPP_EXCEPTIONS",
      '-DTSRUNC_NODE="/usr/bin/node"',
    ],
    ...["addon", ".", join(out, "gen")].map((path) => `-I${path}`),
    ...system.flatMap((path) => ["-isystem", path]),
  ];
}

function tidy(file, args) {
  return new Promise((done) => {
    const child = spawn("clang-tidy", ["--quiet", relative(root, file), "--", ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += /error:/.test(String(chunk)) ? chunk : ""));
    child.on("close", (code) => done({ code, output }));
  });
}

async function main() {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: "string", default: "build" } } });
  if (spawnSync("clang-tidy", ["--version"]).status !== 0)
    throw new Missing("clang-tidy is missing: install the Debian package clang-tidy.");
  const out = resolve(root, values.out);
  await generateHeaders({ root, out });
  const quickjs = quickjsDirectory(out);
  const wanted = quickjs === undefined ? parts.filter((part) => part !== "quickjs") : parts;
  if (quickjs === undefined) process.stdout.write("tidy: without addon/quickjs: npm run build:static brings what it includes\n");
  const all = wanted.flatMap((part) => filesBelow(join(root, "addon", part))).filter((path) => path.endsWith(".cc"));
  const files = positionals.length === 0 ? all : all.filter((path) => positionals.some((name) => path.includes(name)));
  const args = compilerArguments(out, quickjs);
  let findings = 0;
  await inParallel(files, async (file) => {
    const { code, output } = await tidy(file, args);
    if (code === 0) return;
    findings += Math.max(1, (output.match(/(?:warning|error): /g) ?? []).length);
    process.stdout.write(output);
  });
  process.stdout.write(`tidy: ${files.length} files, ${findings} findings\n`);
  process.exitCode = findings === 0 ? 0 : 1;
}

await asProgram("tidy", main);
