// npm run conformance -- PATH [--runtime PATH] [--only NAME]... [--timeout SECONDS] [--hide-unified] [--json FILE] [-v]
//
// The OCI's own validation programs (opencontainers/runtime-tools, a checkout at PATH in which `make runtimetest validation-executables` was
// run) against build/tsrunc, or TSRUNC=/path, or --runtime PATH. One row for each program; the last line is `N ok, N not ok, N skip over M
// programs`. -v prints what programs say that are not clean. docs/conformance.md has the results and their reasons.
// Exit code 0: all programs are clean.
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findPrograms, runProgram } from "./lib/conformance.mjs";
import { Missing, asProgram } from "./lib/tools.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function parse() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runtime: { type: "string", default: process.env.TSRUNC ?? join(root, "build/tsrunc") },
      only: { type: "string", multiple: true, default: [] },
      timeout: { type: "string", default: "180" },
      "hide-unified": { type: "boolean", default: false },
      json: { type: "string" },
      verbose: { type: "boolean", short: "v", default: false },
    },
  });
  if (positionals.length !== 1) throw new Missing("name the checkout: npm run conformance -- PATH (see docs/conformance.md).");
  const runtime = resolve(values.runtime);
  if (!existsSync(runtime)) throw new Missing(`${runtime} is not there: npm run build makes build/tsrunc, --runtime names another.`);
  if (process.getuid() !== 0) throw new Missing("the programs make containers: run it as root.");
  const timeoutMs = Number(values.timeout) * 1000;
  if (!(timeoutMs > 0)) throw new Missing(`--timeout ${values.timeout}: a number of seconds is expected.`);
  return { ...values, checkout: resolve(positionals[0]), runtime, timeoutMs };
}

const row = (name, ok, notOk, skip, seconds, verdict) =>
  `${name.padEnd(34)} ${String(ok).padStart(5)} ${String(notOk).padStart(7)} ${String(skip).padStart(5)} ${seconds.padStart(7)}  ${verdict}\n`;

async function main() {
  const options = parse();
  const programs = findPrograms(options.checkout, options.only);
  const results = [];
  process.stdout.write(row("program", "ok", "not ok", "skip", "s", "").trimEnd() + "\n");
  for (const program of programs) {
    const result = await runProgram(program, { ...options, hideUnified: options["hide-unified"] });
    results.push(result);
    process.stdout.write(row(result.name, result.ok, result.notOk, result.skip, result.seconds.toFixed(1), result.verdict));
    if (options.verbose && result.verdict !== "clean") process.stdout.write(result.output.replace(/^/gm, "    ").trimEnd() + "\n");
  }
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 2));
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const clean = results.filter(({ verdict }) => verdict === "clean").length;
  process.stdout.write(`${clean} of ${results.length} programs clean\n`);
  process.stdout.write(`${sum("ok")} ok, ${sum("notOk")} not ok, ${sum("skip")} skip over ${results.length} programs\n`);
  process.exitCode = clean === results.length ? 0 : 1;
}

await asProgram("conformance", main);
