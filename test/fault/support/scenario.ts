// What all scenarios are made of: the command under the injector, and what came of it.
import { criuEnvironment } from "../../support/criu.js";
import type { Ground, Kind } from "./ground.js";
import type { Call, Injected, Injection } from "./injector.js";

export interface Outcome {
  /** The call it was aimed at. */
  readonly hit: Call | undefined;
  readonly code: number | null;
  readonly stderr: string;
  /** Empty: all is as it has to be. */
  readonly problems: readonly string[];
}

export interface Scenario {
  readonly name: string;
  /** All counted calls of an undisturbed run. */
  record(ground: Ground): Promise<readonly Call[]>;
  /** The command with one call failing, and what came of it. */
  attempt(ground: Ground, action: string): Promise<Outcome>;
}

export type Checked = Omit<Outcome, "hit">;
export type Aim = Pick<Injection, "action">;

function outcome({ calls }: Injected, checked: Checked): Outcome {
  return { ...checked, hit: calls[0] };
}

/** A poststop hook that cannot be run is a warning (runtime-spec, lifecycle). */
export function silent(stderr: string): string[] {
  const lines = stderr.split("\n").filter((line) => line !== "" && !/level=warning msg="hooks\/poststop/.test(line));
  return lines.length === 0 ? [] : [`success with words: ${lines.join(" ")}`];
}

export interface Running {
  readonly id: string;
  readonly ground: Ground;
}

/** One container that all attempts of a ground share, made anew where it has ended. */
export function shared(kind: Kind): (ground: Ground) => Promise<Running> {
  const running = new Map<Ground, string>();
  return async (ground) => {
    const old = running.get(ground);
    if (old !== undefined && (await ground.status(old)) === "running") return { id: old, ground };
    if (old !== undefined) await ground.remove(old);
    const id = ground.id();
    const output = ground.output();
    await ground.runtime.run(["run", "--detach", "--bundle", ground.bundle(kind).dir, id], { stdio: output.stdio });
    output.take();
    running.set(ground, id);
    return { id, ground };
  };
}

const environments = new WeakMap<Ground, Record<string, string>>();

/** In which a criu that works is the first. */
export function criuOf(ground: Ground): Record<string, string> {
  const environment = environments.get(ground) ?? criuEnvironment(ground.scratch);
  environments.set(ground, environment);
  return environment;
}

export function scenario(name: string, go: (ground: Ground, aim: Aim) => Promise<[Injected, Checked]>): Scenario {
  return {
    name,
    async record(ground) {
      const [{ calls }, { code, stderr, problems }] = await go(ground, {});
      if (code !== 0 || problems.length > 0) throw new Error(`${name} without a fault: ${code}: ${stderr} ${problems.join("; ")}`);
      return calls;
    },
    async attempt(ground, action) {
      const [result, checked] = await go(ground, { action });
      return outcome(result, checked);
    },
  };
}
