// The CMake build: configured through cmake-js, which hands over the Node-API headers of the npm packages. package.json's
// binary.napi_versions tells it that those are enough, so that it downloads nothing.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { progress } from "./stamps.mjs";
import { Missing } from "./tools.mjs";

/** Output is held back and shown only when the command fails, or when the compiler warned. */
function run(command, args, options) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
    child.on("error", fail);
    child.on("close", (code) => {
      if (code === 0) {
        if (/\bwarning:/i.test(output)) process.stderr.write(output);
        return done(output);
      }
      process.stderr.write(output);
      fail(new Missing(`${[command, ...args].join(" ")} failed with exit code ${code}; its output is above.`));
    });
  });
}

export async function configureAndBuild({ root, out }, directory, options, target) {
  const wanted = { TSRUNC_OUT: out, TSRUNC_NODE: process.execPath, ...options };
  if (!configured(directory, wanted)) {
    const definitions = Object.entries(wanted).map(([name, value]) => `--CD${name}=${value}`);
    const cmakeJs = join(root, "node_modules/cmake-js/bin/cmake-js");
    await run(process.execPath, [cmakeJs, "configure", "--directory", root, "--out", directory, "--log-level", "error", ...definitions]);
  }
  await run("cmake", ["--build", directory, "--parallel", String(Math.min(availableParallelism(), 4)), "--target", target]);
}

function configured(directory, wanted) {
  const cache = join(directory, "CMakeCache.txt");
  // A generator's build file is written last: without it the configuration failed half-way.
  if (!existsSync(cache) || !["Makefile", "build.ninja"].some((name) => existsSync(join(directory, name)))) return false;
  const lines = new Set(
    readFileSync(cache, "utf8")
      .split("\n")
      .map((line) => line.replace(/:[A-Z]+=/, "=")),
  );
  return Object.entries(wanted).every(([name, value]) => lines.has(`${name}=${value}`));
}

const onOff = (value) => (value ? "ON" : "OFF");

/** tsrunc-init, tsrunc.node and the launcher. */
export async function buildNative(where, { werror = false } = {}) {
  const begin = performance.now();
  await configureAndBuild(where, join(where.out, "native"), { TSRUNC_WERROR: onOff(werror) }, "all");
  progress("native", `${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

/**
 * As buildNative, with AddressSanitizer and UndefinedBehaviorSanitizer. `node`: what the launcher starts, since whoever loads the addon must have
 * loaded the sanitizer before.
 */
export async function buildSanitizedNative(where, { node }) {
  const begin = performance.now();
  await configureAndBuild(where, join(where.out, "native-product-sanitized"), { TSRUNC_SANITIZE: "ON", TSRUNC_NODE: node }, "all");
  progress("sanitized", `${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

/** DIR/weak/tsrunc-init and DIR/weak/tsrunc.node, of the objects of buildNative. */
export async function buildWeakNative(where, { werror = false } = {}) {
  const begin = performance.now();
  await configureAndBuild(where, join(where.out, "native"), { TSRUNC_WERROR: onOff(werror) }, "tsrunc-weak");
  progress("weak native", `${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

/** DIR/tests/test-NAME, one for each file of addon/test. */
export async function buildNativeTests(where, { sanitize = false, werror = false } = {}) {
  const begin = performance.now();
  const options = { TSRUNC_TESTS: "ON", TSRUNC_SANITIZE: onOff(sanitize), TSRUNC_WERROR: onOff(werror) };
  await configureAndBuild(where, join(where.out, sanitize ? "native-sanitized" : "native-tests"), options, "native-tests");
  progress("native tests", `${((performance.now() - begin) / 1000).toFixed(1)} s`);
}
