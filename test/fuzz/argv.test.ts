// Command lines against the real executable, as root: each succeeds or says in one line why not, and nothing of it is left.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { runCommand } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { tsruncPath } from "../support/paths.js";
import { Random } from "../support/random.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { allCommands, commandLine, type Line } from "./argv.js";
import { checkPrinted } from "./output.js";
import { chosenCount, fuzzSeed } from "./run.js";
import { Finding } from "./target.js";

const seed = fuzzSeed();
const count = chosenCount(40);

/** The program's own words come with ours, and the end of it is no failure of the command. */
const ofProgram = new Set(["run", "exec"]);

async function call(line: Line, root: string, cwd: string, what: string): Promise<void> {
  const result = await runCommand(tsruncPath, ["--root", root, ...line.args], { cwd, timeoutMs: 60_000 });
  const several = line.args.some((word) => /^--?debug/.test(word)) || ofProgram.has(line.name);
  checkPrinted(several ? { ...result, stderr: result.stderr.trim().split("\n").at(-1) ?? "" } : result, what);
}

test(`${count} command lines, seed ${seed}`, { skip: needsContainers() }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ linux: { cgroupsPath: `/${scratch.marker}` } });
  const there = scratch.id();
  assert.equal((await runtime.create(there, bundle.dir)).code, 0);
  const all = await allCommands();
  for (let index = 0; index < count; index++) {
    const random = Random.of(seed, index);
    const cwd = scratch.path(`cwd-${index}`);
    mkdirSync(`${cwd}/bad`, { recursive: true });
    writeFileSync(`${cwd}/bad/config.json`, "{");
    writeFileSync(`${cwd}/file`, "no JSON\n");
    writeFileSync(`${cwd}/process.json`, JSON.stringify({ args: ["true"], cwd: "/", user: { uid: 0, gid: 0 } }));
    writeFileSync(`${cwd}/resources.json`, JSON.stringify({ pids: { limit: 50 } }));
    const line = commandLine(all, random, [there], `${scratch.marker}-fresh-${index}`);
    const what = `TSRUNC_FUZZ_SEED=${seed}, command line ${index}: ${JSON.stringify(line.args).slice(0, 1000)}`;
    try {
      await call(line, runtime.root, cwd, what);
    } catch (error) {
      throw error instanceof Finding ? error : new Finding(`${what}: ${String(error)}`);
    }
  }
  for (const id of runtime.ids()) await runtime.run(["delete", "--force", id]);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});
