// Rows of size: memory of a created container, the smallest limit of memory, the executables and their start.
import { existsSync, readFileSync, statSync } from "node:fs";
import { benchConfig, withMemory, writeBundle } from "./bench-bundles.mjs";
import { call, create, remove, stateOf } from "./bench-container.mjs";
import { median, spread } from "./bench-measure.mjs";
import { hyperfineRow } from "./bench-rows-time.mjs";

const row = (name, label, unit, ctx, valueOf) => ({
  name,
  label,
  unit,
  figures: Object.fromEntries(ctx.runtimes.map((runtime) => [runtime.name, { value: valueOf(runtime) }])),
});

function residentKb(ctx, runtime, bundle) {
  try {
    create(runtime, bundle);
    const status = readFileSync(`/proc/${stateOf(runtime).pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)[1]);
  } finally {
    remove(runtime);
  }
}

/** Twice with a limit of `pages`; what is read of the disk is in the page cache already, and charged to nobody here. */
function runsWithin(ctx, runtime, pages) {
  const bundle = writeBundle(ctx.directory, "limit", withMemory(benchConfig(ctx.rootfs, ["/bin/true"]), pages * 4096));
  for (let i = 0; i < 2; i++) {
    const { ok } = call(runtime, ["run", "--bundle", bundle, runtime.id], { timeout: 20_000 });
    remove(runtime);
    if (!ok) return false;
  }
  return true;
}

function bisect(ctx, runtime) {
  let [low, high] = [0, 8192];
  if (!runsWithin(ctx, runtime, high)) return Infinity;
  while (high - low > (ctx.quick ? 256 : 1)) {
    const middle = Math.floor((low + high) / 2);
    if (runsWithin(ctx, runtime, middle)) high = middle;
    else low = middle;
  }
  return high * 4;
}

/** Near the limit it is chance which processor's batch of charged pages fills it: the median of several bisections, taken in turn. */
function limitRow(ctx) {
  const found = Object.fromEntries(ctx.runtimes.map(({ name }) => [name, []]));
  for (let i = 0; i < (ctx.quick ? 1 : 7); i++) {
    for (const runtime of ctx.runtimes) found[runtime.name].push(bisect(ctx, runtime));
  }
  const figure = (values) => ({ value: median(values), ...(values.length > 1 ? { spread: spread(values) } : {}) });
  const figures = Object.fromEntries(Object.entries(found).map(([name, values]) => [name, figure(values)]));
  return { name: "limit", label: "smallest memory limit that runs `true`", unit: "kB", figures };
}

export function memoryRows(ctx) {
  const bundle = writeBundle(ctx.directory, "sleep", benchConfig(ctx.rootfs, ["/bin/sleep", "1000"]));
  return [
    row("memory", "memory of a created container (VmRSS of init)", "kB", ctx, (runtime) => residentKb(ctx, runtime, bundle)),
    limitRow(ctx),
  ];
}

/** The file, and what lies beside it for it alone; no Node, no shared library. */
function sizeKb({ path }) {
  const beside = [".cjs", ".boot.cjs", ".cache", ".node"].map((ending) => path + ending);
  return [path, ...beside].filter((file) => existsSync(file)).reduce((total, file) => total + statSync(file).size / 1024, 0);
}

export function sizeRows(ctx) {
  return [
    row("size", "size of the executable", "kB", ctx, sizeKb),
    hyperfineRow(ctx, { name: "version", label: "start: `--version`", rounds: 100, argvOf: ({ path }) => [path, "--version"] }),
  ];
}
