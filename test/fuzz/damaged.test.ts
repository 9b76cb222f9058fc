// State directories in which a value has another type or is missing, of a process that lives: every command says what is damaged, or does its work.
// The values are such that whatever is done with them stays in the test's directory.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { stringifyJson } from "../../src/spec/json.js";
import { runCommand } from "../support/command.js";
import { tsruncPath } from "../support/paths.js";
import { Random } from "../support/random.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";
import { leaf, type Place, places, treeOf, treeText } from "./json-tree.js";
import { checkPrinted } from "./output.js";
import { chosenCount, fuzzSeed } from "./run.js";
import { FUZZED_ID, goodState } from "./targets/store.js";

const seed = fuzzSeed();
const count = chosenCount(40);

const values = ["null", "true", "0", "-1", "5", "1.5", "1e300", '""', '"x"', "[]", "{}", "[null]", '{"a":null}', "[[]]"];

function mutate(value: unknown, random: Random): string {
  let root = treeOf(JSON.parse(stringifyJson(value)));
  for (let edits = 1 + random.size(3); edits > 0; edits--) {
    // Not what names the process: kill must find the test's own.
    const all = places(root, (tree) => (root = tree)).filter(
      ({ path }: Place) => path.length > 0 && !/^(pid|startTime)$/.test(path[0] ?? ""),
    );
    random.pick(all).replace(random.once(5) ? undefined : leaf(random.pick(values)));
  }
  return treeText(root, random);
}

function startTime(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "";
}

const commands = [
  ["state", FUZZED_ID],
  ["list", "--quiet"],
  ["ps", FUZZED_ID],
  ["ps", "--format", "json", FUZZED_ID],
  ["kill", FUZZED_ID, "CONT"],
  ["kill", "--all", FUZZED_ID, "CONT"],
  ["pause", FUZZED_ID],
  ["resume", FUZZED_ID],
  ["start", FUZZED_ID],
  ["events", "--stats", FUZZED_ID],
  ["update", "--pids-limit", "100", FUZZED_ID],
  ["mounts", "add", FUZZED_ID, "mounts.json"],
  ["mounts", "remove", FUZZED_ID, "mounts.json"],
  ["exec", "--cwd", "/", FUZZED_ID, "true"],
  ["delete", FUZZED_ID],
  ["delete", "--force", FUZZED_ID],
];

test(`${count} commands on damaged state, seed ${seed}`, { skip: needsContainers() }, async (t) => {
  const scratch = new Scratch(t);
  writeFileSync(scratch.path("mounts.json"), '[{"destination":"/a","type":"tmpfs","source":"tmpfs"}]');
  const config = { ...(goodState().config as object), root: { path: "rootfs" } };
  let child: ChildProcess | undefined;
  t.after(() => child?.kill("SIGKILL"));
  for (let index = 0; index < count; index++) {
    const random = Random.of(seed, index);
    // In a namespace of its own it could not be entered without harm: exec finds none.
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) child = spawn("sleep", ["1000"], { stdio: "ignore" });
    const pid = child.pid ?? 0;
    const state = { ...goodState(), pid, startTime: startTime(pid), bundle: scratch.dir, rootfs: scratch.path("rootfs"), config };
    const journal = {
      version: 1,
      id: FUZZED_ID,
      undo: [{ id: "a", op: { verb: "cgroup.remove", dir: "/sys/fs/cgroup/nowhere/fuzz", version: 2 } }],
    };
    const directory = scratch.path("root", FUZZED_ID);
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${directory}/state.json`, random.once(10) ? stringifyJson(state) : mutate(state, random));
    if (!random.once(3)) writeFileSync(`${directory}/journal.json`, mutate(journal, random));
    if (random.once(5)) writeFileSync(`${directory}/update.json`, mutate(journal, random));
    if (random.once(5)) writeFileSync(`${directory}/effects`, "a\n\0\n");
    const args = random.pick(commands);
    const result = await runCommand(tsruncPath, ["--root", "root", ...args], { cwd: scratch.dir });
    const what = `TSRUNC_FUZZ_SEED=${seed}, command ${index}: ${args.join(" ")}`;
    checkPrinted(args[0] === "list" ? { ...result, stderr: result.stderr.split("\n")[0] ?? "" } : result, what);
  }
  assert.ok(count > 0);
});
