// The power fails at any moment of a container's life, and the state directory is on a disk: whatever that disk holds afterwards, `state` and
// `list` answer, no other container is hidden, `delete --force` removes it, and no process that has the pid by now is touched.
//
// TSRUNC_LONG=1: two thousand remains in place of a few; TSRUNC_SEED=N: others.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { plainEnvironment, runCommand } from "../support/command.js";
import { needsContainers } from "../support/requirements.js";
import { Runtime } from "../support/runtime.js";
import { tsruncPath } from "../support/paths.js";
import { Random } from "../support/random.js";
import { errorProblems, Ground } from "./support/ground.js";
import { Disk, type Operation, parseOperations } from "./support/power-loss.js";
import { long, sampleSize, seed } from "./support/sample.js";

const ROUNDS = long ? 2000 : sampleSize(40);
const traced = "mkdir,mkdirat,open,openat,write,rename,renameat,renameat2,unlink,unlinkat,rmdir,bind,fsync,fdatasync";

/** What the commands of a life do to the state root. */
async function record(ground: Ground, id: string): Promise<Operation[]> {
  const { root, path } = ground.runtime;
  const log = ground.scratch.path("strace");
  const life = [
    ["create", "--bundle", ground.bundle("sleeping").dir, id],
    ["start", id],
    ["update", "--memory", "128M", "--pids-limit", "40", id],
    ["pause", id],
    ["delete", "--force", id],
  ];
  const operations: Operation[] = [];
  for (const args of life) {
    const names = traced.replaceAll(/(\w+)/g, "?$1");
    const words = ["-qq", "-y", "-xx", "-s", "1000000", "-o", log, "-e", `trace=${names}`, path, "--root", root, ...args];
    const { code } = await runCommand("strace", words, { stdio: ["ignore", "ignore", "ignore"] });
    assert.equal(code, 0, args.join(" "));
    operations.push(...parseOperations(readFileSync(log, "utf8"), root));
  }
  return operations;
}

/** The pid of all state files becomes that of a process that is somebody else's by now. */
function withPid(operations: readonly Operation[], pid: number): Operation[] {
  return operations.map((operation) =>
    operation.kind === "write"
      ? { ...operation, data: Buffer.from(operation.data.toString("latin1").replace(/"pid":\d+/, `"pid":${pid}`), "latin1") }
      : operation,
  );
}

/** A container beside, whole. */
function putOther(root: string, state: string, id: string): void {
  mkdirSync(join(root, "other"), { recursive: true });
  writeFileSync(join(root, "other/state.json"), state.replaceAll(`"id":"${id}"`, '"id":"other"'));
}

async function problemsOf(runtime: Runtime, id: string): Promise<string[]> {
  const state = await runtime.run(["state", id]);
  const problems = state.code === 0 ? [] : errorProblems(state, 1);
  if (state.code === 0 && !state.stdout.includes('"status": "stopped"')) problems.push(`state: ${state.stdout}`);
  const list = await runtime.run(["list", "--quiet"]);
  const listed = list.stdout.trim().split("\n");
  if (list.code !== 0 || !listed.includes("other")) problems.push(`list: ${list.code}: ${list.stdout} ${list.stderr}`);
  if (list.stderr.trim().split("\n").length > 1) problems.push(`list: ${list.stderr}`);
  const removed = await runtime.run(["delete", "--force", id]);
  if (removed.code !== 0 || removed.stderr !== "") problems.push(`delete --force: ${removed.code}: ${removed.stderr.trim()}`);
  if (existsSync(join(runtime.root, id))) problems.push("delete --force left the directory");
  if (!existsSync(join(runtime.root, "other/state.json"))) problems.push("delete --force removed another container");
  return problems;
}

test("the power fails", { skip: needsContainers("strace") }, async (t) => {
  const ground = new Ground();
  const stranger = spawn("sleep", ["600"], { env: plainEnvironment, stdio: "ignore" });
  t.after(async () => {
    stranger.kill("SIGKILL");
    await ground.cleanup();
  });
  const id = ground.id();
  const operations = withPid(await record(ground, id), stranger.pid ?? 0);
  assert.ok(operations.length > 20, `${operations.length} operations`);
  const state = operations.find(({ kind, path }) => kind === "write" && path.endsWith(".state.json.new"));
  assert.ok(state?.kind === "write");
  const random = new Random(seed);
  const failed: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const root = ground.scratch.path(`disk-${round}`);
    putOther(root, state.data.toString(), id);
    const moment = 1 + random.below(operations.length);
    const remains = new Disk(operations.slice(0, moment)).remains(random, root);
    for (const problem of await problemsOf(new Runtime(tsruncPath, root), id)) failed.push(`after ${moment}: ${remains}: ${problem}`);
    rmSync(root, { recursive: true, force: true });
  }
  process.stdout.write(`${operations.length} operations, ${ROUNDS} remains (seed ${seed}), ${failed.length} problems\n`);
  assert.deepEqual(failed, []);
  assert.equal(stranger.exitCode, null, "a process with the same pid lives on");
  assert.equal(stranger.signalCode, null);
});
