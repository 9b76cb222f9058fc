// The TypeScript side: one bundle, its loader and V8's code cache.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { progress, step } from "./stamps.mjs";
import { Missing } from "./tools.mjs";

export async function esbuildOf(root) {
  // Resolved from the tree rather than by name, so that the module loads before `npm ci` has run (tools.mjs then says what is missing).
  return import(pathToFileURL(join(root, "node_modules/esbuild/lib/main.js")).href).then((module) => module.default ?? module);
}

/**
 * commander loads node:child_process at its top, for subcommands that are executables; we have none. With all of node:net and streams
 * behind it that is 5 ms of every start.
 */
const noChildProcess = {
  name: "no-child-process",
  setup(build) {
    build.onResolve({ filter: /^(node:)?child_process$/ }, () => ({ path: "child_process", namespace: "nothing" }));
    build.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({ contents: "module.exports = {};" }));
  },
};

/** Resolves what the core imports without naming its surroundings: `tsrunc:host` and `tsrunc:validate-NAME`. */
export function tsruncAliases({ root, out }, host = "src/host/node/index.ts") {
  return {
    name: "tsrunc-aliases",
    setup(build) {
      build.onResolve({ filter: /^tsrunc:/ }, ({ path }) => {
        const name = path.slice("tsrunc:".length);
        return { path: name === "host" ? join(root, host) : join(out, "gen", `${name}.mjs`) };
      });
    },
  };
}

/** src/weak.d.ts: no defence is left out. */
const nothingWeak = { __TSRUNC_WEAK__: "undefined" };

/** esbuild options of every bundle of ours, tests included. `directory`: a JavaScript expression for where tsrunc.node is. */
export function bundleOptions(where, directory = JSON.stringify(where.out)) {
  return {
    absWorkingDir: where.root,
    bundle: true,
    platform: "node",
    target: "node20",
    logLevel: "warning",
    define: { __TSRUNC_DIRECTORY__: directory, ...nothingWeak },
    plugins: [tsruncAliases(where)],
  };
}

/** Modules of Node that packages ask for and QuickJS has not: src/host/quickjs/shims. */
function shims(root) {
  const directory = join(root, "src/host/quickjs/shims");
  const files = { events: "events", tty: "tty", util: "util", fs: "nothing", path: "nothing", child_process: "nothing" };
  return {
    name: "shims",
    setup(build) {
      build.onResolve({ filter: /^(node:)?(events|tty|util|fs|path|child_process)$/ }, ({ path }) => ({
        path: join(directory, `${files[path.replace("node:", "")]}.ts`),
      }));
      const whole = (name, filter, contents) => {
        build.onResolve({ filter }, () => ({ path: name, namespace: "shim" }));
        build.onLoad({ filter: new RegExp(`^${name}$`), namespace: "shim" }, () => ({ contents, resolveDir: directory }));
      };
      // The global object (src/host/quickjs/globals.ts), which commander asks for before that has run.
      whole("process", /^(node:)?process$/, 'module.exports = require("./process.ts").process;');
      // Optional for debug, which catches the error.
      whole("supports-color", /^supports-color$/, "throw new Error('absent');");
    },
  };
}

/** The same bundle for the static host: one script, whose dynamic imports are functions of it. */
export function staticOptions(where, host = "src/host/quickjs/index.ts") {
  return {
    absWorkingDir: where.root,
    bundle: true,
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import", "default"],
    target: "es2023",
    format: "iife",
    // Modules are strict and a script is not: the engine then makes an object for each parameter that is taken apart, in case there is a `with`.
    banner: { js: '"use strict";' },
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    define: nothingWeak,
    plugins: [tsruncAliases(where, host), shims(where.root)],
  };
}

/** The configurations of the examples, as texts. */
function examples(root) {
  const directory = join(root, "bundle-examples");
  return readdirSync(directory)
    .sort()
    .map((name) => join(directory, name, "config.json"))
    .filter((path) => existsSync(path))
    .map((path) => readFileSync(path, "utf8"));
}

/** src/train.ts. */
export function trainingOptions(where) {
  const options = staticOptions(where, "src/train-host.ts");
  const define = { ...options.define, __TSRUNC_EXAMPLES__: JSON.stringify(examples(where.root)) };
  return { ...options, entryPoints: [join(where.root, "src/train.ts")], define };
}

/** Of the program for Node: a script that finds tsrunc.node beside itself. */
export function programOptions(where) {
  const common = bundleOptions(where, "__dirname");
  return { ...common, plugins: [...common.plugins, noChildProcess], format: "cjs", legalComments: "none", minify: true };
}

/** DIR/tsrunc.cjs and DIR/tsrunc.boot.cjs. */
export async function bundle(where) {
  const { root, out } = where;
  const main = join(root, "src/main.ts");
  const boot = join(root, "src/host/node/boot.ts");
  if (!existsSync(main)) return progress("bundle", "src/main.ts is not there yet: skipped");
  const inputs = ["src", "scripts/lib/bundle.mjs", "package-lock.json"].map((path) => join(root, path));
  const outputs = [join(out, "tsrunc.cjs"), join(out, "tsrunc.boot.cjs")];
  await step(out, "bundle", { inputs: [...inputs, join(out, "gen")], outputs }, async () => {
    const { build } = await esbuildOf(root);
    const options = programOptions(where);
    // V8 compares no more of the source than its length with a cache: an old one must never lie beside a new bundle.
    rmSync(join(out, "tsrunc.cache"), { force: true });
    try {
      await build({ ...options, entryPoints: [main], outfile: outputs[0] });
      await build({ ...options, entryPoints: [boot], outfile: outputs[1] });
    } catch (error) {
      throw Array.isArray(error.errors) ? new Missing("the bundle could not be made; esbuild's errors are above.") : error;
    }
  });
}

/** The flags that the launcher gives Node. */
export function nodeFlags(root) {
  return [...readFileSync(join(root, "addon/launcher/node_flags.h"), "utf8").matchAll(/"(--[^"]+)"/g)].map(([, flag]) => flag);
}

/** DIR/tsrunc.cache: made by Node itself (`node`: what starts it), under the launcher's flags. */
export async function codeCache({ root, out }, node = process.execPath) {
  const program = join(out, "tsrunc.cjs");
  if (!existsSync(program)) return;
  const cache = join(out, "tsrunc.cache");
  const boot = join(out, "tsrunc.boot.cjs");
  const config = join(root, "bundle-examples/limits/config.json");
  const flags = nodeFlags(root);
  await step(out, "code cache", { inputs: [program, boot, config], outputs: [cache], key: [process.version, flags] }, () => {
    rmSync(cache, { force: true });
    const env = { TSRUNC_WRITE_CACHE: cache, TSRUNC_REHEARSE: config };
    const { status, stderr } = spawnSync(node, [...flags, boot], { env, encoding: "utf8" });
    if (status !== 0 || !existsSync(cache))
      throw new Missing(`the code cache could not be made: ${stderr.trim() || `exit code ${status}`}`);
  });
}
