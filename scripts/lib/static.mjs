// DIR/tsrunc-static: the bundle for QuickJS, compiled, linked with addon/core, and with the heap that its top level leaves.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { esbuildOf, staticOptions, trainingOptions } from "./bundle.mjs";
import { adaptEngine } from "./engine.mjs";
import { configureAndBuild } from "./native.mjs";
import { addSnapshot } from "./snapshot.mjs";
import { sources, vendorSources } from "./sources.mjs";
import { progress, step } from "./stamps.mjs";
import { Missing } from "./tools.mjs";

function run(command, args, options = {}) {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8", ...options });
  if (status !== 0) throw new Missing(`${command} failed: ${stderr?.trim() || error?.message || `exit code ${status}`}`);
}

/**
 * The program after all of our modules that it would load when called for: a dynamic import is then there already, and its top level is part
 * of the heap that the executable keeps. So is what src/warm.ts leaves there.
 */
async function eagerEntry(build, options, main, warm) {
  const root = options.absWorkingDir;
  const { metafile } = await build({ ...options, entryPoints: [main], write: false, metafile: true, minify: false });
  const inputs = Object.values(metafile.inputs).flatMap(({ imports }) => imports);
  const lazy = inputs.filter(({ kind, path }) => kind === "dynamic-import" && path.startsWith("src/")).map(({ path }) => join(root, path));
  const contents = [...new Set(lazy), warm, main].map((path) => `import ${JSON.stringify(path)};`);
  return { contents: contents.join("\n"), resolveDir: root, sourcefile: "static-entry.js" };
}

async function bundleForQuickjs({ root, out }, directory) {
  const script = join(directory, "tsrunc.js");
  const inputs = ["src", "scripts/lib/bundle.mjs", "scripts/lib/static.mjs", "package-lock.json"].map((path) => join(root, path));
  await step(out, "static bundle", { inputs: [...inputs, join(out, "gen")], outputs: [script] }, async () => {
    const { build } = await esbuildOf(root);
    try {
      const options = staticOptions({ root, out });
      const stdin = await eagerEntry(build, options, join(root, "src/main.ts"), join(root, "src/warm.ts"));
      await build({ ...options, stdin, outfile: script });
    } catch (error) {
      throw Array.isArray(error.errors) ? new Missing("the bundle could not be made; esbuild's errors are above.") : error;
    }
  });
  return script;
}

/**
 * Counts how often each branch of the interpreter is taken. Once for each engine: what is counted then is as good after any change of ours, and another count
 * would be another minute of compilation.
 */
async function train(where, trainer, directory) {
  const counts = join(directory, "quickjs.gcda");
  await step(where.out, "training", { inputs: [trainer], outputs: [counts] }, async () => {
    const script = join(directory, "train.js");
    const { build } = await esbuildOf(where.root);
    await build({ ...trainingOptions(where), outfile: script });
    // Counts are added to those that are there.
    rmSync(counts, { force: true });
    run(trainer, [script]);
  });
}

/** `werror`: warnings are errors. `snapshot` false: the heap is made anew at each start, for comparison. */
export async function buildStatic(where, { werror = false, snapshot = true } = {}) {
  const { root, out } = where;
  const vendor = join(root, "build/vendor");
  vendorSources(vendor);
  const directory = join(out, "static");
  mkdirSync(directory, { recursive: true });
  const script = await bundleForQuickjs(where, directory);
  const bytecode = join(directory, "tsrunc.bytecode");
  const engine = join(directory, "engine");
  await adaptEngine(out, join(vendor, sources.quickjs.directory), engine);
  const options = {
    TSRUNC_STATIC: "ON",
    TSRUNC_VENDOR: vendor,
    TSRUNC_ENGINE: engine,
    TSRUNC_BYTECODE: bytecode,
    TSRUNC_COUNTS: directory,
    TSRUNC_WERROR: werror ? "ON" : "OFF",
  };
  const native = join(out, "native-static");
  const begin = performance.now();
  await configureAndBuild(where, native, options, "tsrunc-train");
  await train(where, join(native, "tsrunc-train"), directory);
  await configureAndBuild(where, native, options, "tsrunc-qjsc");
  await step(out, "bytecode", { inputs: [script, join(native, "tsrunc-qjsc")], outputs: [bytecode] }, () =>
    run(join(native, "tsrunc-qjsc"), [script, bytecode]),
  );
  await configureAndBuild(where, native, options, "tsrunc-stage");
  progress("static", `${((performance.now() - begin) / 1000).toFixed(1)} s`);
  const stage = join(native, "tsrunc-stage");
  await step(
    out,
    "snapshot",
    {
      inputs: [stage, ...["snapshot", "static"].map((name) => join(root, `scripts/lib/${name}.mjs`))],
      outputs: [join(out, "tsrunc-static")],
      key: snapshot,
    },
    () => finish(stage, join(directory, "heap"), join(out, "tsrunc-static"), snapshot),
  );
}

function finish(stage, heap, target, snapshot) {
  // A name of its own until it is complete: somebody may be running the old one.
  const unfinished = `${target}.new`;
  copyFileSync(stage, unfinished);
  run("strip", ["--strip-all", unfinished]);
  if (snapshot) {
    rmSync(heap, { force: true });
    // Nothing of the build's environment may get into the heap.
    run(unfinished, [heap], { argv0: "tsrunc-write-snapshot", env: {} });
    writeFileSync(unfinished, addSnapshot(readFileSync(unfinished), readFileSync(heap)));
  }
  chmodSync(unfinished, 0o755);
  renameSync(unfinished, target);
}
