// Runs OUT/fuzz/fuzz-native: libFuzzer over one reader of the C++ side (addon/fuzz).
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { plainEnvironment, runCommand } from "../support/command.js";
import { outDirectory, sourceRoot } from "../support/paths.js";
import { goodInputs, makeWires, nativeSeeds, writeSeeds } from "./seeds.js";
import { Finding } from "./target.js";

const directory = join(outDirectory, "fuzz");
export const nativeProgram = join(directory, "fuzz-native");
const seedDirectory = join(directory, "seeds");
const goodDirectory = join(directory, "good");

/** Inputs that once broke something: `TARGET-WHAT`. */
const foundDirectory = join(sourceRoot, "test/fuzz/found/native");

/** Before the first run. */
export function prepareNative(plans: number): void {
  const wires = makeWires(plans);
  writeSeeds(seedDirectory, nativeSeeds(wires));
  writeSeeds(goodDirectory, goodInputs(wires));
}

const environment = (target: string, good: boolean): Record<string, string> => ({
  ...plainEnvironment,
  TSRUNC_FUZZ_TARGET: target,
  ...(good ? { TSRUNC_FUZZ_GOOD: "1" } : {}),
  ASAN_OPTIONS: "detect_leaks=1:abort_on_error=0",
  UBSAN_OPTIONS: "print_stacktrace=1",
});

async function run(target: string, args: readonly string[], seconds: number, good = false): Promise<string> {
  const { code, stderr, timedOut } = await runCommand(nativeProgram, args, {
    env: environment(target, good),
    timeoutMs: (seconds + 120) * 1000,
  });
  if (timedOut) throw new Finding(`${target}: no end`);
  if (code !== 0)
    throw new Finding(
      `${target}: ${stderr
        .split("\n")
        .filter((line) => !/NEW|REDUCE|pulse/.test(line))
        .join("\n")
        .slice(-4000)}`,
    );
  return stderr;
}

export interface Budget {
  readonly seed: number;
  readonly seconds?: number;
  readonly inputs?: number;
}

/** Resolves with the number of inputs. Throws Finding with libFuzzer's report; the input is in OUT/fuzz/artifacts. */
export async function fuzzNative(target: string, { seed, seconds, inputs }: Budget): Promise<number> {
  const corpus = join(directory, "corpus", target);
  const artifacts = join(directory, "artifacts");
  for (const made of [corpus, artifacts]) mkdirSync(made, { recursive: true });
  const limit = seconds === undefined ? [`-runs=${inputs ?? 1}`] : [`-max_total_time=${Math.ceil(seconds)}`];
  const args = [
    ...limit,
    `-seed=${seed % 2 ** 31 || 1}`,
    "-print_final_stats=1",
    "-timeout=20",
    "-rss_limit_mb=1024",
    `-artifact_prefix=${artifacts}/${target}-`,
  ];
  const stderr = await run(target, [...args, corpus, join(seedDirectory, target)], seconds ?? 60);
  return Number(/number_of_executed_units:\s*(\d+)/.exec(stderr)?.[1] ?? 0);
}

/** What the TypeScript side sends must be taken, every byte of it. */
export async function takeGood(target: "plan" | "seccomp"): Promise<void> {
  await run(target, ["-runs=0", `-artifact_prefix=${directory}/`, join(goodDirectory, target)], 60, true);
}

/** The recorded inputs. */
export async function replayFound(target: string): Promise<number> {
  const files = existsSync(foundDirectory) ? readdirSync(foundDirectory).filter((name) => name.startsWith(`${target}-`)) : [];
  if (files.length > 0)
    await run(
      target,
      files.map((name) => join(foundDirectory, name)),
      60,
    );
  return files.length;
}
