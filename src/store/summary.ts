// What nearly every command asks of a container's configuration. It is saved beside the whole, so that `state` of a container with a
// thousand mounts reads none of them.
import { listenerPath } from "../plan/passes/seccomp.js";
import type { Config, Hooks } from "../spec/config.js";

export interface ConfigSummary {
  readonly annotations?: Readonly<Record<string, string>>;
  /** Those of later commands. */
  readonly hooks?: Pick<Hooks, "poststart" | "poststop">;
  readonly userNamespace: boolean;
  /** The seccomp agent that `start` connects to. */
  readonly listenerPath?: string;
  /** A pid namespace of its own dies with its init; one that is shared or joined does not. */
  readonly ownPids: boolean;
}

export function summarize({ annotations, hooks, linux }: Config): ConfigSummary {
  const namespaces = linux?.namespaces ?? [];
  const listener = listenerPath(linux?.seccomp);
  return {
    ...(annotations === undefined || Object.keys(annotations).length === 0 ? {} : { annotations: annotations as Record<string, string> }),
    ...laterHooks(hooks),
    ...(listener === undefined ? {} : { listenerPath: listener }),
    userNamespace: namespaces.some(({ type }) => type === "user"),
    ownPids: namespaces.some(({ type, path }) => type === "pid" && (path ?? "") === ""),
  };
}

function laterHooks(hooks: Hooks | undefined): Pick<ConfigSummary, "hooks"> {
  const { poststart, poststop } = hooks ?? {};
  if (poststart === undefined && poststop === undefined) return {};
  return { hooks: { ...(poststart && { poststart }), ...(poststop && { poststop }) } };
}
