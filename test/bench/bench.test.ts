// The benchmark itself: every row is measured, nothing stays behind. Whether a target is met is not for a busy test machine to say.
import { test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { plainEnvironment, runCommand } from "../support/command.js";
import { outDirectory, sourceRoot } from "../support/paths.js";
import { findProgram, needsContainers } from "../support/requirements.js";

interface Row {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly figures: Readonly<Record<string, { readonly value: number }>>;
}

interface Result {
  readonly rows: readonly Row[];
  readonly targets: readonly { readonly text: string; readonly value: number; readonly limit: number; readonly met: boolean }[];
}

const script = join(sourceRoot, "scripts/bench.mjs");
const missing =
  needsContainers("runc", "crun", "unshare", "gcc") || (findProgram("hyperfine") === undefined ? "needs the program hyperfine" : false);

const names = [
  "run cycle create start kill delete exec state run-docker run-docker-cold cycle-docker exec-docker state-docker sequence parallel",
  "mounts-10 mounts-100 rules-8 rules-64 list-1 list-10 state-of-1 state-of-10 memory limit size version",
].flatMap((line) => line.split(" "));

const bench = (directory: string, ...args: string[]) =>
  runCommand(process.execPath, [script, "--no-build", "--offline", "--quick", "--build", outDirectory, ...args], {
    env: { ...plainEnvironment, TMPDIR: directory },
    timeoutMs: 240_000,
  });

function cgroupsOfBench(): string[] {
  const hierarchies = readdirSync("/sys/fs/cgroup", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const pidOf = (entry: string) => /tsrunc-bench-(\d+)-/.exec(entry)?.[1];
  // Another benchmark may be running.
  const left = (entry: string) => pidOf(entry) !== undefined && !existsSync(`/proc/${pidOf(entry)}`);
  return hierarchies.flatMap(({ name }) => readdirSync(join("/sys/fs/cgroup", name)).filter(left));
}

test("npm run bench measures every row for every runtime and cleans up", { skip: missing }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-benchtest-"));
  try {
    const json = join(directory, "result.json");
    const { code, stdout, stderr } = await bench(directory, "--json", json);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    const { rows, targets } = JSON.parse(readFileSync(json, "utf8")) as Result;
    assert.deepEqual(rows.map(({ name }) => name).sort(), [...names].sort());
    const ours = ["tsrunc", ...(existsSync(join(outDirectory, "tsrunc-static")) ? ["tsrunc-static"] : [])];
    for (const { name, label, figures } of rows) {
      for (const runtime of [...ours, "runc", "crun"]) assert.ok((figures[runtime]?.value ?? 0) > 0, `${name} of ${runtime}`);
      assert.ok(stdout.includes(`\n${label} `), `${label} is printed`);
    }
    for (const { value, limit, met } of targets) assert.equal(met, value <= limit);
    assert.ok(targets.some(({ text }) => text.startsWith("Node host")));
    assert.deepEqual(cgroupsOfBench(), []);
    assert.deepEqual(readdirSync(directory), ["result.json"]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("an unknown row is one sentence", async () => {
  const { code, stderr } = await bench(tmpdir(), "--only", "nothing");
  assert.equal(code, 1);
  assert.match(stderr, /^bench: --only nothing: the rows are run, cycle, .*\n$/);
});

interface Plot {
  plot(result: { rows: unknown[]; targets: unknown[]; machine: string }): string;
}

test("the plot marks ratios and targets, and is well-formed", async () => {
  const { plot } = (await import(pathToFileURL(join(sourceRoot, "scripts/lib/bench-plot.mjs")).href)) as Plot;
  const figures = { "tsrunc-static": { value: 1 }, crun: { value: 2 }, runc: { value: 8 } };
  const row = { name: "run", label: "run <`true`> & more", unit: "ms", figures };
  const svg = plot({ rows: [row], targets: [{ row: "run", against: "crun", limit: 0.75 }], machine: "2 cores" });
  assert.match(svg, /<title>tsrunc-static: 0\.50 of crun<\/title>/);
  assert.match(svg, /<title>runc: 4\.00 of crun<\/title>/);
  assert.match(svg, /run &lt;true&gt; &amp; more/);
  // The legend's and the row's.
  assert.equal(svg.match(/class="target"/g)?.length, 2);
  const open = svg.match(/<(\w+)[^>/]*(?:"[^"]*"[^>/]*)*>/g)?.filter((tag) => !tag.endsWith("/>")).length;
  assert.equal(open, svg.match(/<\/\w+>/g)?.length);
});
