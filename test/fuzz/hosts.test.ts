// The two hosts, V8 and QuickJS, take the same inputs and print the same bytes: config.json for `plan`, hundreds of damaged state
// directories for `list`.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand } from "../support/command.js";
import { outDirectory } from "../support/paths.js";
import { Random } from "../support/random.js";
import { Scratch } from "../support/scratch.js";
import { staticPath } from "../support/static.js";
import { configSchema, configSeeds } from "./corpus.js";
import { Mutator } from "./mutate.js";
import { checkPrinted, type Printed } from "./output.js";
import { chosenCount, fuzzSeed } from "./run.js";
import { stringifyJson } from "../../src/spec/json.js";
import { goodState, stateMutator } from "./targets/store.js";

const nodePath = join(outDirectory, "tsrunc");
const missing = [nodePath, staticPath].find((path) => !existsSync(path));
const skip = missing === undefined ? false : `${missing} is not built (npm run build:static)`;
const seed = fuzzSeed();

/** But for the time of a record. */
const lasting = ({ code, stdout, stderr }: Printed) => ({ code, stdout, stderr: stderr.replaceAll(/time="[^"]*"/g, "") });

async function both(args: readonly string[], cwd: string, what: string): Promise<Printed> {
  const [node, quickjs] = await Promise.all([nodePath, staticPath].map((path) => runCommand(path, args, { cwd })));
  assert.deepEqual(lasting(node as Printed), lasting(quickjs as Printed), what);
  return node as Printed;
}

test(`plan of mutated configurations, seed ${seed}`, { skip }, async (t) => {
  const scratch = new Scratch(t);
  const mutator = new Mutator(configSeeds(), configSchema());
  const seen = { plans: 0, refused: 0 };
  const count = chosenCount(30);
  for (let index = 0; index < count; index++) {
    writeFileSync(scratch.path("config.json"), mutator.make(Random.of(seed, index)));
    const what = `TSRUNC_FUZZ_SEED=${seed}, input ${index}`;
    const result = await both(["plan", "--json"], scratch.dir, what);
    checkPrinted(result, what);
    if (result.code === 0) seen.plans++;
    else seen.refused++;
  }
  assert.ok(seen.plans > 0 && seen.refused > 0, JSON.stringify(seen));
});

test(`list of damaged state directories, seed ${seed}`, { skip }, async (t) => {
  const scratch = new Scratch(t);
  const states = stateMutator();
  const ids: string[] = [];
  for (let index = 0; index < 10 * chosenCount(30); index++) {
    const id = `fuzzed-${index}`;
    const bytes = states.make(Random.of(seed, index));
    const dir = scratch.path("root", id);
    mkdirSync(dir, { recursive: true });
    // Of this container, unless the mutation was about that.
    const text = Buffer.from(bytes).toString("latin1").replace('"fuzzed"', `"${id}"`);
    writeFileSync(join(dir, "state.json"), Buffer.from(text, "latin1"));
    ids.push(id);
  }
  const what = `TSRUNC_FUZZ_SEED=${seed}`;
  const { code, stdout, stderr } = await both(["--root", "root", "list", "--format", "json"], scratch.dir, what);
  assert.equal(code, 0);
  const listed = (JSON.parse(stdout) as { id: string }[] | null) ?? [];
  const lines = stderr.trimEnd().split("\n");
  assert.equal(listed.length + lines.length, ids.length, what);
  for (const line of lines) assert.match(line, /^load container fuzzed-\d+: \S*state\.json: (damaged: |not )/, what);
  await both(["--root", "root", "list"], scratch.dir, what);
});

/** QuickJS's JSON.parse takes the first nine. */
const nearly = [
  "1.",
  "1.e5",
  "-01",
  '"\\x41"',
  '"\\v"',
  '"\\\'"',
  '"\\a"',
  '"a\\\nb"',
  '"\\u{41}"',
  "01",
  "+1",
  ".5",
  "1e",
  "0x10",
  "'a'",
  "[1,]",
  "/**/1",
  "NaN",
];
const right = ["1.5", "-0", "-0.5", "1e5", '"1. -01 \\\\x41"', '"\\u00e9\\/"', "[1.0,2e0]"];

test("what is nearly JSON is none, on both hosts", { skip }, async (t) => {
  const scratch = new Scratch(t);
  for (const [kind, tokens] of Object.entries({ nearly, right })) {
    tokens.forEach((token, index) => {
      // In one piece: the head of what we write ourselves is read by the engine alone.
      const state = stringifyJson({ ...goodState(), id: `${kind}-${index}` });
      const dir = scratch.path("root", `${kind}-${index}`);
      mkdirSync(dir, { recursive: true });
      writeFileSync(join(dir, "state.json"), `{"x":${token},${state.slice(1)}`);
    });
  }
  const { stdout, stderr } = await both(["--root", "root", "list", "--format", "json"], scratch.dir, "list");
  assert.deepEqual(
    (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id),
    right.map((_, index) => `right-${index}`),
  );
  assert.equal(stderr.match(/load container nearly-\d+: \S+state\.json: damaged: /g)?.length, nearly.length, stderr);
});
