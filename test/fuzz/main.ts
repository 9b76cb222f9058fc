// The program behind `npm run fuzz`: one target, many inputs. Each input is announced in a shared memory, so that the thread that waits can
// tell which one never came to an end.
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { sleep } from "../support/command.js";
import { existsSync } from "node:fs";
import { nativeTargets } from "../../scripts/lib/fuzz.mjs";
import { fuzzNative, nativeProgram, prepareNative, replayFound, takeGood } from "./native.js";
import { anotherSeed } from "../support/random.js";
import { runTarget, targets } from "./run.js";
import type { Tally } from "./target.js";

interface Task {
  readonly name: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly until: number;
  readonly at: Int32Array;
}

/** Of the time: a configuration takes a thousand times as long as a message, and has the most to go wrong. */
const share: Readonly<Record<string, number>> = { config: 6, documents: 2, store: 2, plan: 2, step: 2 };

/** ms that one input may take; a large one takes some hundred. */
const PATIENCE = 60_000;

function work({ name, at, ...range }: Task): void {
  const target = targets[name];
  if (target === undefined) throw new Error(`no target ${name}: ${Object.keys(targets).join(", ")}`);
  parentPort?.postMessage(runTarget(target(), { ...range, about: (index) => Atomics.store(at, 0, index) }));
}

async function watch(task: Omit<Task, "at">): Promise<Tally> {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { ...task, at } });
  const ended = new Promise<Tally>((done, fail) => worker.on("message", done).on("error", fail));
  let over = false;
  const settle = () => (over = true);
  ended.then(settle, settle);
  for (let last = -1, since = Date.now(); !over; await sleep(200)) {
    const now = Atomics.load(at, 0);
    if (now !== last) [last, since] = [now, Date.now()];
    if (Date.now() - since < PATIENCE) continue;
    await worker.terminate();
    throw new Error(
      `no end after ${PATIENCE / 1000} s\n  again: npm run fuzz -- --only ${task.name} --seed ${task.seed} --from ${now} --inputs 1`,
    );
  }
  return ended;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      seed: { type: "string" },
      from: { type: "string" },
      inputs: { type: "string" },
      minutes: { type: "string" },
    },
  });
  const seed = Number(values.seed ?? anotherSeed());
  const wanted = (name: string): boolean => values.only === undefined || values.only === name;
  const here = Object.keys(targets).filter(wanted);
  const native = existsSync(nativeProgram) ? nativeTargets.filter(wanted) : [];
  if (here.length + native.length === 0)
    throw new Error(`no target ${values.only}: ${[...Object.keys(targets), ...nativeTargets].join(", ")}`);
  const from = Number(values.from ?? 0);
  const inputs = values.inputs === undefined ? undefined : Number(values.inputs);
  const shares = [...here, ...native].reduce((sum, name) => sum + (share[name] ?? 1), 0);
  const msOf = (name: string): number => (Number(values.minutes ?? 1) * 60_000 * (share[name] ?? 1)) / shares;
  let total = 0;
  for (const name of here) total += await runHere(name, { seed, from, inputs, ms: msOf(name) });
  if (native.length > 0) prepareNative(400);
  for (const name of native) total += await runNative(name, { seed, inputs, ms: msOf(name) });
  report("all", seed, total, "");
}

const report = (name: string, seed: number, inputs: number, more: string): void =>
  void process.stdout.write(`fuzz: ${name.padEnd(10)} seed ${seed}: ${inputs} inputs, 0 crashes${more}\n`);

interface Share {
  readonly seed: number;
  readonly inputs: number | undefined;
  readonly ms: number;
}

async function runHere(name: string, { seed, from, inputs, ms }: Share & { readonly from: number }): Promise<number> {
  const [to, until] = inputs === undefined ? [2 ** 31 - 1, Date.now() + ms] : [from + inputs, Infinity];
  const tally = await watch({ name, seed, from, to, until });
  report(name, seed, tally.inputs, ` ${JSON.stringify(tally.outcomes)}`);
  return tally.inputs;
}

async function runNative(name: string, { seed, inputs, ms }: Share): Promise<number> {
  if (name === "plan" || name === "seccomp") await takeGood(name);
  await replayFound(name);
  const done = await fuzzNative(name, { seed, ...(inputs === undefined ? { seconds: ms / 1000 } : { inputs }) });
  report(name, seed, done, " (C++, ASan, UBSan)");
  return done;
}

if (isMainThread) {
  main().catch((error: unknown) => {
    process.stderr.write(`fuzz: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
} else work(workerData as Task);
