// The end-to-end cases of a real engine, as a shared script runs them (TAP on its standard output), with tsrunc as the runtime.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { plainEnvironment } from "./command.js";
import { sourceRoot, tsruncPath } from "./paths.js";
import { findProgram, needsContainers } from "./requirements.js";
import { sharedDirectory } from "./shared-bundles.js";

interface TapLine {
  readonly ok: boolean;
  readonly text: string;
  readonly skipped: string | undefined;
  /** The `#` lines after a failure. */
  readonly notes: string[];
}

function whyNot(script: string, program: string): string | false {
  if (!existsSync(script)) return `${script} is not there (TSRUNC_SHARED names another place)`;
  if (findProgram(program) === undefined) return `needs ${program}: run ${join(sharedDirectory, "engines/install.sh")} as root`;
  return needsContainers();
}

/** Name of each case, and its description. */
function casesOf(script: string): Map<string, string> {
  const list = execFileSync(script, ["-l"], { encoding: "utf8" });
  return new Map([...list.matchAll(/^(\w+) +(.*)$/gm)].map(([, name = "", text = ""]) => [name, text]));
}

/** More failures than this are no accident. */
const MOST_AGAIN = 2;
const MOST_TRIES = 4;

/**
 * The engines race with themselves: on a busy machine `ctr run` loses the end of the output of a program that ends at once, one time in five, with runc
 * as well. So the few cases that fail run again, by themselves; what fails four times has failed, and the others are printed by -v.
 */
async function runCases(script: string, cases: ReadonlyMap<string, string>): Promise<{ results: TapLine[]; rest: string }> {
  const first = await runScript(script, [...cases.keys()]);
  const results = new Map(first.results.map((result) => [result.text, result]));
  for (let tries = 1; tries < MOST_TRIES; tries++) {
    const failed = [...cases].filter(([, text]) => results.get(text)?.ok === false);
    if (failed.length === 0 || failed.length > MOST_AGAIN) break;
    for (const [, text] of failed) process.stdout.write(`${script}: "${text}" has failed, and runs again\n`);
    const names = failed.map(([name]) => name);
    const again = await runScript(script, names);
    for (const result of again.results) results.set(result.text, result);
  }
  return { results: [...results.values()], rest: first.rest };
}

/** Resolves when the script has ended. */
function runScript(script: string, cases: readonly string[]): Promise<{ results: TapLine[]; rest: string }> {
  return new Promise((done, fail) => {
    const child = spawn(script, [tsruncPath, ...cases.map((name) => `^${name}$`)], {
      // Beside other tests a case may be slow.
      env: { ...plainEnvironment, ENGINES_CASE_TIMEOUT: "180" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    child.on("error", fail);
    child.on("close", () => done({ results: parseTap(output), rest: output.slice(-2000) }));
  });
}

function parseTap(output: string): TapLine[] {
  const results: TapLine[] = [];
  for (const line of output.split("\n")) {
    const [, not, text = "", skipped] = /^(not )?ok \d+ - (.*?)(?: # SKIP (.*))?$/.exec(line) ?? [];
    if (text !== "") results.push({ ok: not === undefined, text, skipped, notes: [] });
    else if (line.startsWith("#")) results.at(-1)?.notes.push(line);
  }
  return results;
}

/** Every case of the engine's script but those of `without`: name of the case to the reason why it cannot pass yet. */
export function testEngine(engine: string, program: string, without: Readonly<Record<string, string>> = {}): Promise<void> {
  return testScript(engine, join(sharedDirectory, `engines/${engine}.sh`), program, without);
}

/** As testEngine(), with cases of our own: test/engines/NAME.sh, whose @LIB@ becomes the path of the suite's lib.sh. */
export async function testOwnScript(name: string, program: string): Promise<void> {
  const library = join(sharedDirectory, "engines/lib.sh");
  const text = readFileSync(join(sourceRoot, `test/engines/${name}.sh`), "utf8").replaceAll("@LIB@", library);
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-engine-"));
  const script = join(directory, `${name}.sh`);
  if (existsSync(library)) writeFileSync(script, text, { mode: 0o755 });
  after(() => rmSync(directory, { recursive: true }));
  await testScript(name, existsSync(library) ? script : library, program, {});
}

async function testScript(engine: string, script: string, program: string, without: Readonly<Record<string, string>>): Promise<void> {
  const skip = whyNot(script, program);
  const all = skip === false ? casesOf(script) : new Map<string, string>();
  const cases = new Map([...all].filter(([name]) => !Object.hasOwn(without, name)));
  const { results, rest } = skip === false ? await runCases(script, cases) : { results: [], rest: "" };
  describe(engine, { skip }, () => {
    test("every case has run", () => assert.equal(results.length, cases.size, rest));
    for (const [name, reason] of Object.entries(without)) {
      test(name, { skip: reason }, () => undefined);
      test(`${name} is a case`, () => assert.ok(all.has(name)));
    }
    for (const { ok, text, skipped, notes } of results) {
      test(text, { skip: skipped ?? false }, () => assert.ok(ok, notes.join("\n")));
    }
  });
}
