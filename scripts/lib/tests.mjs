// Finds test/**/*.test.ts and bundles each into OUT/test/, where source maps lead back to the TypeScript.
import { existsSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { bundleOptions, esbuildOf } from "./bundle.mjs";
import { filesBelow } from "./stamps.mjs";

/** Paths from the root, in the order in which they run: the quick ones first. */
export function findTests(root, subsets) {
  const wanted = subsets.map((subset) => (subset.startsWith("test/") ? subset : `test/${subset}`));
  const rank = (path) => ["test/unit/", "test/golden/", "test/integration/"].findIndex((prefix) => path.startsWith(prefix));
  return filesBelow(join(root, "test"))
    .map((path) => relative(root, path))
    .filter((path) => path.endsWith(".test.ts"))
    .filter((path) => wanted.length === 0 || wanted.some((prefix) => path.startsWith(prefix)))
    .sort((a, b) => ((rank(a) + 4) % 4) - ((rank(b) + 4) % 4) || (a < b ? -1 : 1));
}

/** Those that run the tested executable: they are worth a second run with the other host. The rest tests modules, natives or Node's host. */
export function ofExecutable(tests) {
  const others = ["build", "cgroup-writes", "launcher", "native", "poll", "static/", "support"].map((name) => `test/integration/${name}`);
  return tests.filter(
    (path) =>
      !/^test\/(unit|bench)\/|golden\.test|bad-values\.test|^test\/fuzz\/(fuzz|giant|native|hosts)\./.test(path) &&
      !others.some((prefix) => path.startsWith(prefix)),
  );
}

// CommonJS packages (debug, commander) call require for Node's own modules; an ES module has none of its own.
const banner = 'import { createRequire as __tsruncRequire } from "node:module"; const require = __tsruncRequire(import.meta.url);';

/** One program of TypeScript that Node runs. Throws esbuild's BuildFailure. */
export async function bundleTest(where, source, outfile) {
  const esbuild = await esbuildOf(where.root);
  await esbuild.build({
    ...bundleOptions(where),
    entryPoints: [source],
    outfile,
    format: "esm",
    sourcemap: "inline",
    logLevel: "silent",
    banner: { js: banner },
  });
}

/** `entries`: {source, path} of what can be run; `broken`: {source, message} of files that do not compile. */
export async function bundleTests(where, tests) {
  const directory = join(where.out, "test");
  rmSync(directory, { recursive: true, force: true });
  const entries = [];
  const broken = [];
  for (const source of tests) {
    const path = join(directory, source.replace(/^test\//, "").replace(/\.ts$/, ".mjs"));
    try {
      await bundleTest(where, join(where.root, source), path);
      entries.push({ source, path });
    } catch (error) {
      const lines = (error.errors ?? []).map(({ text, location }) => `${location?.file ?? source}:${location?.line ?? 0}: ${text}`);
      broken.push({ source, message: lines.join("\n") || String(error) });
    }
    if (!existsSync(path) && broken.at(-1)?.source !== source) broken.push({ source, message: "esbuild wrote nothing" });
  }
  return { entries, broken };
}
