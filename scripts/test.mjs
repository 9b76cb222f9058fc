// The tests: node scripts/test.mjs [--static] [--no-build] [--no-setup] [--out DIR] [--grep PATTERN] [-v] [SUBSET...]
//
// A SUBSET is a path below test/ or the beginning of one: `unit/spec`, `integration/differential`, `engines`. Without one, all run.
// `npm test` installs what is missing, builds, and runs everything. `node scripts/test.mjs --no-build unit` needs neither.
// TSRUNC=/path/to/runtime tests another executable than build/tsrunc. --static (npm test) builds tsrunc-static too, and runs everything that
// runs the executable a second time with that one. The last line is `N passed, N failed`.
import { mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { bundleTests, findTests, ofExecutable } from "./lib/tests.mjs";
import { runTests, summary } from "./lib/test-report.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";
import { setup } from "./setup.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      "no-build": { type: "boolean" },
      "no-setup": { type: "boolean" },
      out: { type: "string", default: "build" },
      grep: { type: "string" },
      static: { type: "boolean" },
      verbose: { type: "boolean", short: "v" },
    },
  });
  process.chdir(root);
  const out = resolve(root, values.out);
  mkdirSync(out, { recursive: true });
  if (!values["no-build"]) {
    if (!values["no-setup"]) await setup({ root, tests: true });
    await build({ out: values.out, tests: true, weaken: true, alone: values.static === true });
  }
  const both = values.static === true && process.env.TSRUNC === undefined;
  process.env.TSRUNC ??= join(out, "tsrunc");
  if (both) process.env.TSRUNC_ALSO = join(out, "tsrunc-static");
  process.env.TSRUNC_OUT = out;
  const tests = findTests(root, positionals);
  if (tests.length === 0) throw new Missing(`no test matches ${positionals.join(" ")}: name paths below test/, such as unit/spec.`);
  const { entries, broken } = await bundleTests({ root, out }, tests);
  const options = { grep: values.grep, verbose: values.verbose ?? false };
  const totals = await runTests(entries, { broken, ...options });
  if (both) await runAgain(out, entries, totals, options);
  process.stdout.write(`${summary(totals)}\n`);
  process.exitCode = totals.failed === 0 && totals.passed > 0 ? 0 : 1;
}

/** They have had both, by TSRUNC_ALSO. */
const comparing = /^test\/integration\/(exec-)?differential\.test\.ts$/;

async function runAgain(out, entries, totals, options) {
  const sources = new Set(ofExecutable(entries.map(({ source }) => source)).filter((source) => !comparing.test(source)));
  const again = entries.filter(({ source }) => sources.has(source));
  if (again.length === 0) return;
  process.env.TSRUNC = process.env.TSRUNC_ALSO;
  delete process.env.TSRUNC_ALSO;
  process.stdout.write("test: once more, with tsrunc-static\n");
  const more = await runTests(again, { broken: [], ...options });
  for (const [name, count] of Object.entries(more)) totals[name] += count;
}

await asProgram("test", main);
