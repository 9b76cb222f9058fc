// Any bytes as config.json: they become a plan that is whole, or one error that names the place. The same code as `tsrunc plan` runs, without
// the start of a process for each.
import { validate as planProblem } from "tsrunc:validate-plan";
import { TsruncError } from "../../../src/errors/errors.js";
import { formatError } from "../../../src/errors/format.js";
import { compileCreate } from "../../../src/plan/compile.js";
import { encodePlan } from "../../../src/plan/encode.js";
import type { Facts } from "../../../src/plan/facts.js";
import type { CreateInput } from "../../../src/plan/input.js";
import { undoList } from "../../../src/plan/journal.js";
import { renderJson, renderText } from "../../../src/plan/render.js";
import type { Plan } from "../../../src/plan/types.js";
import { located } from "../../../src/runtime/bundle.js";
import { seccompRequest, type SeccompProfile } from "../../../src/seccomp/translate.js";
import { parseJson } from "../../../src/spec/json.js";
import { parseConfig } from "../../../src/spec/load.js";
import { checkRules } from "../../../src/spec/rules/index.js";
import { hosts } from "../../golden/facts.js";
import { configSchema, configSeeds } from "../corpus.js";
import { Mutator } from "../mutate.js";
import type { Random } from "../../support/random.js";
import { Finding, type Target } from "../target.js";

const control = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** `config.json:41:17 /mounts/3/destination: ...`; of a text that is no JSON, and of all of it, without a pointer. */
const placed = /^config\.json:(\d+):(\d+)(?: (\/.*?))?: \S/;

/** A line for people about a place that is there. */
export function checkError(error: unknown, input: Uint8Array): void {
  if (!(error instanceof TsruncError))
    throw new Finding(`not an error for people: ${error instanceof Error ? error.stack : String(error)}`);
  const line = formatError(error);
  if (control.test(line)) throw new Finding(`control characters in the error: ${JSON.stringify(line)}`);
  const place = placed.exec(line);
  if (place === null) throw new Finding(`the error names no place: ${line}`);
  if (line.length > 17_000) throw new Finding(`an error of ${line.length} characters: ${line.slice(0, 300)}`);
  const lines = new TextDecoder().decode(input).split("\n");
  const there = lines[Number(place[1]) - 1];
  if (there === undefined || Number(place[2]) > Math.max(there.length, 1) * 4 + 1)
    throw new Finding(`the error names a place beyond the end: ${line}`);
}

function optionsOf(random: Random): CreateInput["options"] {
  const rare = () => random.once(8);
  const run = rare();
  return {
    noPivot: rare(),
    noNewKeyring: rare(),
    preserveFds: rare() ? 2 : 0,
    listenFds: rare() ? 1 : 0,
    foreground: run,
    ...(run ? { run } : { consoleSocket: "/console.sock" }),
    ...(rare() ? { pidFile: "/pid" } : {}),
    ...(rare() ? { notify: true } : {}),
    ...(rare() ? { systemdCgroup: true } : {}),
  };
}

function compile(input: Uint8Array, facts: Facts, options: CreateInput["options"]): Plan {
  const loaded = parseConfig(input, "config.json");
  checkRules(loaded, { facts, id: "fuzz", bundle: "/bundle", noPivot: options.noPivot });
  return located(loaded, () =>
    compileCreate({ id: "fuzz", bundle: "/bundle", stateDir: "/run/tsrunc/fuzz", config: loaded.config, facts, options }),
  );
}

/** What tsrunc-init and the C++ core would get of a plan. */
export interface Wire {
  readonly blob: Uint8Array;
  /** Requests to compile a seccomp filter. */
  readonly seccomp: readonly string[];
}

/** All that could be wrong with a profile is found before something is made of the container. */
function seccompOf(plan: Plan): string[] {
  const profiles = plan.steps.flatMap(({ op }) => (op.verb === "seccomp.compile" ? [op.profile] : []));
  return profiles.map((profile) => JSON.stringify(seccompRequest(parseJson(profile, "linux.seccomp") as SeccompProfile)));
}

export function checkPlan(plan: Plan): Wire {
  const json = renderJson(plan);
  const problem = planProblem(parseJson(json));
  if (problem !== undefined) throw new Finding(`the plan is not as spec-schemas/plan.json: ${JSON.stringify(problem)}`);
  if (new Set(plan.steps.map(({ id }) => id)).size !== plan.steps.length) throw new Finding("two steps have one id");
  const lines = renderText(plan).split("\n");
  if (lines.length !== plan.steps.length + 1) throw new Finding("a step of the plan takes more than its line");
  const odd = lines.find((line) => control.test(line));
  if (odd !== undefined) throw new Finding(`control characters in the plan: ${JSON.stringify(odd)}`);
  undoList(plan);
  return { blob: encodePlan(plan), seccomp: seccompOf(plan) };
}

/** `keep` is given what each plan sends. */
export function configTarget(keep?: (wire: Wire) => void): Target {
  const mutator = new Mutator(configSeeds(), configSchema());
  return {
    name: "config",
    usual: 1200,
    make: (random) => mutator.make(random),
    examine(input, random) {
      const facts = random.pick([hosts.hybrid, hosts.v2, hosts.rootless]);
      const options = optionsOf(random);
      let plan: Plan;
      try {
        plan = compile(input, facts, options);
      } catch (error) {
        if (error instanceof Finding) throw error;
        checkError(error, input);
        return "refused";
      }
      const wire = checkPlan(plan);
      keep?.(wire);
      return "plan";
    },
  };
}
