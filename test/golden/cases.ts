// The golden cases: cases/NAME/{config.json, observe.json, plan.HOST.txt}. See README.md.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Facts } from "../../src/plan/facts.js";
import type { CreateInput, CreateOptions } from "../../src/plan/input.js";
import { parseConfig } from "../../src/spec/load.js";
import type { Requirement } from "../support/requirements.js";
import type { HostName } from "./facts.js";

export interface Observation {
  /** Hosts that the plan is written for; hybrid alone if absent. */
  readonly hosts?: readonly HostName[];
  /** Options of the command line that the plan is compiled with; `args` are the same for `tsrunc run` (`${bundle}`: its directory). */
  readonly options?: Partial<CreateOptions>;
  readonly args?: readonly string[];
  /** Why the case is not run; `stdout` is empty then. */
  readonly planOnly?: string;
  /** What the case needs of the machine beyond root. */
  readonly needs?: readonly Requirement[];
  /** Path in the bundle to content: made before the container. A path that ends in "/" is a directory. */
  readonly files?: Readonly<Record<string, string>>;
  /** `run` on a terminal of 80 x 24. */
  readonly terminal?: boolean;
  readonly exit?: number;
  /** All of what the container prints: exact, or a regular expression for each line. `${host:net}` is the test's own network namespace. */
  readonly stdout: string | readonly string[];
  /** The same where cgroup v2 is the only hierarchy: there `needs` does not count. */
  readonly unified?: string | readonly string[];
}

const directory = join(process.cwd(), "test/golden/cases");

export function caseNames(): string[] {
  return readdirSync(directory).sort();
}

export function casePath(name: string, file: string): string {
  return join(directory, name, file);
}

export function observation(name: string): Observation {
  return JSON.parse(readFileSync(casePath(name, "observe.json"), "utf8")) as Observation;
}

/** As the command line would make it, but for paths, which are the same everywhere. */
export function createInput(name: string, facts: Facts): CreateInput {
  const { config } = parseConfig(readFileSync(casePath(name, "config.json")), "config.json");
  const options = { noPivot: false, noNewKeyring: false, preserveFds: 0, listenFds: 0, foreground: false, ...observation(name).options };
  return { id: name, bundle: "/bundle", stateDir: `/run/tsrunc/${name}`, config, facts, options };
}
