// A golden plan proves nothing about the kernel: each case is run, and what the container sees is compared with observe.json.
import { test, type TestContext } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runCommand, type CommandResult } from "../support/command.js";
import { sourceRoot } from "../support/paths.js";
import { needs, needsContainers } from "../support/requirements.js";
import { type Bundle, Scratch } from "../support/scratch.js";
import { caseNames, casePath, type Observation, observation } from "./cases.js";

for (const name of caseNames()) {
  const expected = observation(name);
  const unified = expected.unified !== undefined && needs("cgroup2") === false;
  const skip =
    expected.planOnly ??
    needsContainers(...(unified ? [] : (expected.needs ?? [])), ...(expected.terminal === true ? (["python3"] as const) : []));
  test(`${name} in the kernel`, { skip }, async (t) => {
    const scratch = new Scratch(t);
    const bundle = makeBundle(scratch, name, expected);
    const result = await run(t, scratch, bundle, expected);
    const { code, stdout, stderr } = result;
    assert.deepEqual({ code, stderr }, { code: expected.exit ?? 0, stderr: "" }, stdout);
    // Two terminals, one behind the other, may both turn a newline into two bytes.
    compare(stdout.replaceAll(/\r+\n/g, "\n"), unified ? (expected.unified ?? "") : expected.stdout);
  });
}

function makeBundle(scratch: Scratch, name: string, { files }: Observation): Bundle {
  // cgroups of a name by which the cleanup finds them.
  const text = readFileSync(casePath(name, "config.json"), "utf8").replaceAll("tsrunc-test-golden", scratch.marker);
  const bundle = scratch.makeBundle({}, { config: JSON.parse(text) as unknown });
  // Byte for byte: JSON.parse has rounded the large integers.
  writeFileSync(join(bundle.dir, "config.json"), text);
  for (const [path, content] of Object.entries(files ?? {})) {
    const full = join(bundle.dir, path);
    mkdirSync(path.endsWith("/") ? full : dirname(full), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(full, content, { mode: content.startsWith("#!") ? 0o755 : 0o644 });
  }
  return bundle;
}

function run(t: TestContext, scratch: Scratch, bundle: Bundle, expected: Observation): Promise<CommandResult> {
  const runtime = scratch.runtime();
  const args = ["run", "--bundle", bundle.dir, ...(expected.args ?? []).map((arg) => arg.replace("${bundle}", bundle.dir)), scratch.id()];
  if (expected.terminal !== true) return runtime.run(args);
  const onpty = join(sourceRoot, "test/support/onpty.py");
  // Standard input never ends: its end would be typed on the terminal, and echoed.
  const fifo = scratch.path("stdin");
  execFileSync("mkfifo", [fifo]);
  const stdin = openSync(fifo, "r+");
  t.after(() => closeSync(stdin));
  const command = [onpty, "80", "24", runtime.path, "--root", runtime.root, ...args];
  return runCommand("python3", command, { stdio: [stdin, "pipe", "pipe"] });
}

function compare(stdout: string, expected: string | readonly string[]): void {
  if (typeof expected === "string") {
    assert.equal(stdout, fill(expected));
    return;
  }
  const lines = stdout.split("\n").slice(0, -1);
  const matches = lines.length === expected.length && expected.every((line, index) => new RegExp(`^(?:${line})$`).test(lines[index] ?? ""));
  // As a comparison, so that the difference is printed line by line.
  if (!matches) assert.deepEqual(lines, expected);
}

function fill(text: string): string {
  return text.replaceAll(/\$\{host:(\w+)\}/g, (_, type: string) => readlinkSync(`/proc/self/ns/${type}`));
}
