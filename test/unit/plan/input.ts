// A small container to compile, with whatever a test wants to be different.
import { compileCreate } from "../../../src/plan/compile.js";
import type { Facts } from "../../../src/plan/facts.js";
import type { CreateOptions } from "../../../src/plan/input.js";
import type { Op, OpName, Plan, Step } from "../../../src/plan/types.js";
import type { Config, Linux, NamespaceType, Process } from "../../../src/spec/config.js";
import { hosts } from "../../golden/facts.js";

export interface Wanted {
  readonly config?: Partial<Config>;
  readonly process?: Partial<Process>;
  readonly linux?: Partial<Linux>;
  readonly options?: Partial<CreateOptions>;
  readonly facts?: Facts;
}

const namespaces = (["pid", "network", "ipc", "uts", "mount"] satisfies NamespaceType[]).map((type) => ({ type }));

export function compiled({ config, process, linux, options, facts = hosts.hybrid }: Wanted = {}): Plan {
  return compileCreate({
    id: "c1",
    bundle: "/bundle",
    stateDir: "/run/tsrunc/c1",
    config: {
      ociVersion: "1.3.0",
      process: { args: ["true"], cwd: "/", ...process },
      root: { path: "rootfs" },
      linux: { namespaces, ...linux },
      ...config,
    },
    facts,
    options: { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, foreground: false, ...options },
  });
}

export function stepsOf<N extends OpName>(plan: Plan, verb: N): (Step & { readonly op: Op<N> })[] {
  return plan.steps.filter(({ op }) => op.verb === verb) as (Step & { readonly op: Op<N> })[];
}

/** The one op of this verb. */
export function opOf<N extends OpName>(plan: Plan, verb: N): Op<N> {
  const [first, ...rest] = stepsOf(plan, verb);
  if (first === undefined || rest.length > 0) throw new Error(`${rest.length + (first === undefined ? 0 : 1)} steps of ${verb}`);
  return first.op;
}

export function ids(plan: Plan): string[] {
  return plan.steps.map(({ id }) => id);
}
