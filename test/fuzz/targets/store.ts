// state.json and journal.json as a torn write, a full disk or an enemy left them: `damaged`, by name, or what the rest of the program may use.
import { TsruncError } from "../../../src/errors/errors.js";
import { formatError } from "../../../src/errors/format.js";
import { compileCreate } from "../../../src/plan/compile.js";
import { undoList } from "../../../src/plan/journal.js";
import type { Config } from "../../../src/spec/config.js";
import { stringifyJson } from "../../../src/spec/json.js";
import { parseJournal, parseState, stringifyState } from "../../../src/store/format.js";
import type { Journal, SavedState } from "../../../src/store/state.js";
import { summarize } from "../../../src/store/summary.js";
import { hosts } from "../../golden/facts.js";
import { baseConfig } from "../../support/config.js";
import { Mutator } from "../mutate.js";
import { Finding, type Target } from "../target.js";

export const FUZZED_ID = "fuzzed";

/** Of no process that there is. */
const pid = 4194304;

export function goodState(): SavedState {
  const config = { ...baseConfig(), annotations: { a: "b" }, hooks: { poststop: [{ path: "/bin/true" }] } } as Config;
  const cgroups = [
    { version: 1, dir: "/sys/fs/cgroup/nowhere/fuzz", controllers: ["freezer"] },
    { version: 2, dir: "/sys/fs/cgroup/unified/nowhere", controllers: [] },
  ] as const;
  return {
    version: 1,
    id: FUZZED_ID,
    ociVersion: "1.0.2",
    bundle: "/bundle",
    rootfs: "/bundle/rootfs",
    created: "2026-01-01T00:00:00.000000000Z",
    pid,
    startTime: "1",
    systemdCgroup: false,
    rootless: false,
    descriptors: ["/dev/null", "pipe:[1]", ""],
    cgroups,
    addedMounts: [{ target: "/a", mountId: "1" }],
    afterGate: [{ index: 40, id: "process/exec", at: "/process/args", verb: "process.exec" }],
    summary: summarize(config),
    config,
  };
}

function goodJournal(): Journal {
  const config = baseConfig() as Config;
  const options = { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, foreground: false };
  const plan = compileCreate({ id: FUZZED_ID, bundle: "/bundle", stateDir: "/nowhere", config, facts: hosts.hybrid, options });
  return { version: 1, id: FUZZED_ID, undo: undoList(plan) };
}

const schema = {};

/** state.json, changed by a little. */
export const stateMutator = (): Mutator => new Mutator([{ name: "state", value: goodState() }], schema);

export function checkDamaged(error: unknown): void {
  if (!(error instanceof TsruncError))
    throw new Finding(`not an error for people: ${error instanceof Error ? error.stack : String(error)}`);
  const line = formatError(error);
  if (!line.startsWith("/state.json: damaged: ") || line.length > 17_000)
    throw new Finding(`the error does not say which file is damaged: ${line}`);
}

export function storeTarget(): Target {
  const states = stateMutator();
  const journals = new Mutator([{ name: "journal", value: JSON.parse(stringifyJson(goodJournal())) }], schema);
  const encoder = new TextEncoder();
  const lines = encoder.encode(stringifyState(goodState()));
  return {
    name: "store",
    usual: 1500,
    make(random) {
      if (random.once(3)) return journals.make(random);
      if (random.once(2)) return states.make(random);
      // As it is written: the configuration on a line of its own.
      const torn = lines.slice(0, random.once(2) ? lines.length : random.below(lines.length));
      for (let flips = random.size(6); flips > 0 && torn.length > 0; flips--) torn[random.below(torn.length)] = random.below(256);
      return torn;
    },
    examine(input, random) {
      try {
        if (random.once(3)) {
          parseJournal(input, FUZZED_ID, "/state.json");
          return "journal";
        }
        const state = parseState(input, FUZZED_ID, "/state.json");
        // Read when it is first asked for.
        void state.config;
        return "state";
      } catch (error) {
        if (error instanceof Finding) throw error;
        checkDamaged(error);
        return "damaged";
      }
    },
  };
}
