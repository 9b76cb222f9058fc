// Runs a target over many inputs. Input number N of a seed is always the same.
import { chosenSeed, Random } from "../support/random.js";
import { configTarget } from "./targets/config.js";
import { documentsTarget } from "./targets/documents.js";
import { messagesTarget } from "./targets/messages.js";
import { storeTarget } from "./targets/store.js";
import { Finding, show, type Tally, type Target } from "./target.js";

export const targets: Readonly<Record<string, () => Target>> = {
  config: () => configTarget(),
  documents: documentsTarget,
  store: storeTarget,
  messages: messagesTarget,
};

export interface Range {
  readonly seed: number;
  readonly from?: number;
  /** Number of the input after the last one. */
  readonly to?: number;
  /** ms since the epoch. */
  readonly until?: number;
  /** Before each input. */
  readonly about?: (index: number) => void;
}

/** Throws Finding, with the command that repeats it. */
export function runTarget(target: Target, { seed, from = 0, to = Infinity, until = Infinity, about }: Range): Tally {
  const outcomes: Record<string, number> = {};
  let index = from;
  for (; index < to && (index % 16 !== 0 || Date.now() < until); index++) {
    about?.(index);
    const random = Random.of(seed, index);
    const input = target.make(random);
    try {
      const outcome = target.examine(input, random);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    } catch (error) {
      const again = `npm run fuzz -- --only ${target.name} --seed ${seed} --from ${index} --inputs 1`;
      const what =
        error instanceof Finding ? error.message : `the examination itself failed: ${error instanceof Error ? error.stack : String(error)}`;
      throw new Finding(`${what}\n  again: ${again}\n  input of ${input.length} bytes: ${show(input)}`);
    }
  }
  return { inputs: index - from, outcomes };
}

/** Of a test that starts a process for each input: TSRUNC_FUZZ_INPUTS, or as many as there is time for. */
export const chosenCount = (usual: number): number =>
  Number(process.env["TSRUNC_FUZZ_INPUTS"] ?? (process.env["TSRUNC_LONG"] === "1" ? 1000 : usual));

export const fuzzSeed = (): number => chosenSeed("TSRUNC_FUZZ_SEED");
