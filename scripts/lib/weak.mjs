// DIR/weak/: the program with the weak points of addon/core/weak.h and src/weak.d.ts, for test/attack. Beside DIR's own files, since most of what
// it takes is compiled there already.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { esbuildOf, programOptions } from "./bundle.mjs";
import { buildWeakNative } from "./native.mjs";
import { step } from "./stamps.mjs";

/** What TSRUNC_WEAKEN names, as the launcher hands it on; what stands behind a "=" is for the C++ side. */
const readPoints = `globalThis.tsruncWeak = Object.fromEntries(
  (process.env.TSRUNC_ENV_TSRUNC_WEAKEN ?? "").split(",").map((point) => [point.split("=")[0], true]),
);`;

async function bundleWeak(where, directory) {
  const { root, out } = where;
  const inputs = ["src", "scripts/lib/bundle.mjs", "scripts/lib/weak.mjs", "package-lock.json"].map((path) => join(root, path));
  const outfile = join(directory, "tsrunc.cjs");
  await step(out, "weak bundle", { inputs: [...inputs, join(out, "gen")], outputs: [outfile] }, async () => {
    const { build } = await esbuildOf(root);
    const options = programOptions(where);
    const define = { ...options.define, __TSRUNC_WEAK__: "globalThis.tsruncWeak" };
    await build({ ...options, define, banner: { js: readPoints }, entryPoints: [join(root, "src/main.ts")], outfile });
  });
}

/** After everything else of DIR. */
export async function buildWeak(where, { werror = false } = {}) {
  const directory = join(where.out, "weak");
  mkdirSync(directory, { recursive: true });
  await bundleWeak(where, directory);
  await buildWeakNative(where, { werror });
  for (const name of ["tsrunc", "tsrunc.boot.cjs"]) copyFileSync(join(where.out, name), join(directory, name));
}
