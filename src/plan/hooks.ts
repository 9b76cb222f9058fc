// One hook.run step for each hook of a kind, with the state that it reads on its standard input (runtime-spec, "State").
import type { Hook, Hooks } from "../spec/config.js";
import { stringifyJson } from "../spec/json.js";
import { step } from "./context.js";
import type { Op, Step } from "./types.js";

export const OCI_VERSION = "1.3.0";

export interface HookSubject {
  readonly id: string;
  readonly bundle: string;
  readonly status: "created" | "running" | "stopped";
  readonly hooks: Hooks | undefined;
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/**
 * `who`: in `init` the pid is the one that the container sees, as the spec asks for hooks of the container's namespace. `env`: what a
 * hook without its own gets; absent: the runtime's environment.
 */
export function hookSteps(subject: HookSubject, kind: keyof Hooks, who: "runtime" | "init", env?: readonly string[]): Step[] {
  const hooks = subject.hooks?.[kind];
  if (hooks === undefined || hooks.length === 0) return [];
  const state = stateAroundPid(subject);
  return hooks.map((hook, index) => {
    const op: Op<"hook.run"> = {
      verb: "hook.run",
      kind,
      index,
      path: hook.path,
      args: hook.args === undefined || hook.args.length === 0 ? [hook.path] : hook.args,
      ...environment(hook, env),
      ...(hook.timeout === undefined ? {} : { timeoutMs: hook.timeout * 1000 }),
      ...state,
      insidePid: who === "init",
    };
    return step(who, `hooks/${kind}/${index}`, `/hooks/${kind}/${index}`, op);
  });
}

/** An empty list is an empty environment outside, but the program's own inside: runc tells them apart so (survey 2.9). */
function environment(hook: Hook, fallback: readonly string[] | undefined): { env: readonly string[]; inheritEnv: boolean } {
  if (fallback === undefined) return { env: hook.env ?? [], inheritEnv: hook.env === undefined };
  return { env: hook.env === undefined || hook.env.length === 0 ? fallback : hook.env, inheritEnv: false };
}

/** The pid is known only to the one who runs the hook: the JSON is given as what is before and after it. A stopped container has none. */
export function stateAroundPid({
  id,
  status,
  bundle,
  annotations,
}: Omit<HookSubject, "hooks">): Pick<Op<"hook.run">, "statePrefix" | "stateSuffix"> {
  const head = { ociVersion: OCI_VERSION, id, status };
  const tail = { bundle, ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations }) };
  if (status === "stopped") return { statePrefix: stringifyJson({ ...head, ...tail }) };
  const before = stringifyJson(head);
  const after = stringifyJson(tail);
  return { statePrefix: `${before.slice(0, -1)},"pid":`, stateSuffix: `,${after.slice(1)}` };
}
