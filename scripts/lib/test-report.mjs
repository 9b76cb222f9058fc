// Runs bundled test files with node's test runner, and prints one line for each file; failures in full and
// skipped tests with their reason.
import { run } from "node:test";
import { setMaxListeners } from "node:events";
import { relative } from "node:path";

/** Asked when tests begin: the guest of a machine sets the variable after it has loaded this. */
const fileTimeoutMs = () => 20 * 60 * 1000 * Number(process.env.TSRUNC_TEST_PATIENCE ?? 1);

/** Returns {passed, failed, skipped}. */
export async function runTests(entries, { broken, grep, verbose }) {
  process.env.NODE_OPTIONS = [process.env.NODE_OPTIONS, "--enable-source-maps"].filter(Boolean).join(" ");
  setMaxListeners(0);
  const totals = { passed: 0, failed: 0, skipped: 0 };
  // An engine's suite waits much and starts daemons: one at a time, beside two others.
  const ofEngine = ({ source }) => source.startsWith("test/engines/");
  const pools = [
    { files: entries.filter((entry) => !ofEngine(entry)), broken, most: 2 },
    { files: entries.filter(ofEngine), broken: [], most: 1 },
  ];
  await Promise.all(pools.map((pool) => runPool(pool, totals, { grep, verbose })));
  return totals;
}

async function runPool({ files, broken, most }, totals, { grep, verbose }) {
  const report = new Report(files, verbose, totals);
  for (const { source, message } of broken) report.brokenFile(source, message);
  if (files.length === 0) return;
  const stream = run({
    files: files.map(({ path }) => path),
    concurrency: Math.min(most, files.length),
    timeout: fileTimeoutMs(),
    ...(grep === undefined ? {} : { testNamePatterns: [new RegExp(grep)] }),
  });
  for await (const { type, data } of stream) report.event(type, data);
  report.endOfFile();
}

export function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

class Report {
  #totals;
  #sources;
  #verbose;
  #names = [];
  #file;
  #counts = { passed: 0, failed: 0, skipped: 0 };
  #lines = [];
  #milliseconds = 0;

  constructor(entries, verbose, totals) {
    this.#totals = totals;
    this.#sources = new Map(entries.map(({ source, path }) => [path, source]));
    this.#verbose = verbose;
  }

  brokenFile(source, message) {
    this.#totals.failed++;
    print(`FAIL ${source}`, indent(message));
  }

  event(type, data) {
    if (type === "test:start") this.#names[data.nesting] = data.name;
    if (type === "test:stdout" || type === "test:stderr") this.#output(data);
    if (type === "test:pass" || type === "test:fail") this.#result(type === "test:pass", data);
  }

  endOfFile() {
    if (this.#file === undefined) return;
    const { failed } = this.#counts;
    const seconds = (this.#milliseconds / 1000).toFixed(1);
    print(`${failed > 0 ? "FAIL" : "ok  "} ${this.#file}: ${summary(this.#counts)} (${seconds} s)`, ...this.#lines);
    this.#file = undefined;
  }

  #switchTo(path) {
    // Source maps make it the absolute path of the TypeScript file; without one it is the bundle.
    const source = this.#sources.get(path) ?? relative(process.cwd(), path ?? "?");
    if (source === this.#file) return;
    this.endOfFile();
    this.#file = source;
    this.#counts = { passed: 0, failed: 0, skipped: 0 };
    this.#lines = [];
    this.#milliseconds = 0;
  }

  #output({ file, message }) {
    if (!this.#verbose) return;
    this.#switchTo(file);
    this.#lines.push(indent(message.trimEnd()));
  }

  #result(passed, data) {
    this.#switchTo(data.file ?? data.name);
    const cause = data.details?.error;
    if (data.nesting === 0) this.#milliseconds += data.details?.duration_ms ?? 0;
    const isFile = data.nesting === 0 && this.#sources.has(data.name);
    const skipped = data.skip !== undefined && data.skip !== false;
    // A suite that is skipped reports none of its tests: it counts as one.
    if ((data.details?.type === "suite" && !skipped) || cause?.failureType === "subtestsFailed") return;
    const name = isFile ? "the file itself" : this.#names.slice(0, data.nesting + 1).join(" > ");
    if (skipped) {
      this.#count("skipped");
      this.#lines.push(`     skipped: ${name}${typeof data.skip === "string" ? `: ${data.skip}` : ""}`);
    } else if (passed && isFile) {
      this.#count("failed");
      this.#lines.push("     failed: the file has no test");
    } else if (passed || data.todo) {
      this.#count("passed");
      if (this.#verbose) this.#lines.push(`     passed: ${name} (${Math.round(data.details.duration_ms)} ms)`);
    } else {
      this.#count("failed");
      this.#lines.push(`     failed: ${name}`, indent(describe(cause), "       "));
    }
  }

  #count(kind) {
    this.#counts[kind]++;
    this.#totals[kind]++;
  }
}

function describe(error) {
  const cause = error?.cause ?? error;
  if (typeof cause === "string") return cause;
  const text = cause?.stack ?? cause?.message ?? String(cause);
  return text
    .split("\n")
    .filter((line) => !/^ +at .*\bnode:/.test(line))
    .join("\n");
}

function indent(text, by = "     ") {
  return text
    .split("\n")
    .map((line) => by + line)
    .join("\n");
}

function print(...lines) {
  process.stdout.write(`${lines.join("\n")}\n`);
}
