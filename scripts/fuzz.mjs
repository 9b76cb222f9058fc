// npm run fuzz -- [--minutes N] [--only TARGET] [--seed N] [--from N] [--inputs N] [--out DIR]: docs/fuzzing.md
//
// The readers of the TypeScript side (test/fuzz), then those of the C++ side (addon/fuzz) where clang is. Ends with 1 at the first input that was
// not taken as it must be.
import { spawnSync } from "node:child_process";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { buildNativeFuzzer, bundleFuzzer, findFuzzingCompiler, noFuzzingCompiler } from "./lib/fuzz.mjs";
import { generateHeaders, generateValidators } from "./lib/generate.mjs";
import { asProgram } from "./lib/tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "1" },
      only: { type: "string" },
      seed: { type: "string" },
      from: { type: "string" },
      inputs: { type: "string" },
      out: { type: "string", default: "build" },
    },
  });
  const where = { root, out: resolve(root, values.out) };
  await generateHeaders(where);
  await generateValidators(where);
  const program = await bundleFuzzer(where);
  if (findFuzzingCompiler() === undefined) process.stdout.write(`fuzz: only the TypeScript side: ${noFuzzingCompiler}\n`);
  else await buildNativeFuzzer(where);
  const args = ["minutes", "only", "seed", "from", "inputs"].flatMap((name) =>
    values[name] === undefined ? [] : [`--${name}`, values[name]],
  );
  process.chdir(root);
  process.env.TSRUNC_OUT = where.out;
  const { status } = spawnSync(process.execPath, ["--enable-source-maps", program, ...args], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

await asProgram("fuzz", main);
