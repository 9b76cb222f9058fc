// Runs in the guest: node scripts/lib/vm-guest.mjs JOB, the tests that scripts/vm.mjs bundled and listed in the file JOB. The last line is
// `totals {"passed":N,"failed":N,"skipped":N}`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runTests } from "./test-report.mjs";

const { sources, built, hosts, grep, verbose } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const out = join(process.cwd(), built);
const entries = sources.map((source) => ({ source, path: join(out, "test", source.replace(/^test\//, "").replace(/\.ts$/, ".mjs")) }));
const totals = { passed: 0, failed: 0, skipped: 0 };
Object.assign(process.env, { TSRUNC_OUT: out, TSRUNC_SHARED: join(process.cwd(), "shared"), TSRUNC_TEST_PATIENCE: "8" });
for (const host of hosts) {
  process.env.TSRUNC = join(out, host === "static" ? "tsrunc-static" : "tsrunc");
  process.stdout.write(`vm: ${process.env.CGVM_MODE} mode, host ${host}\n`);
  const more = await runTests(entries, { broken: [], grep, verbose });
  for (const [name, count] of Object.entries(more)) totals[name] += count;
}
process.stdout.write(`totals ${JSON.stringify(totals)}\n`);
