// `mounts add` and `mounts remove` on a container that sleeps.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { ConfigPatch } from "./config.js";
import { runTarget, type Target } from "./exec.js";

export interface AddedMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MountTarget extends Target {
  add(mounts: readonly AddedMount[]): Promise<Outcome>;
  remove(mounts: readonly AddedMount[]): Promise<Outcome>;
  /** Mount points in the container below `prefix`, with the options of the mount, as its init sees them. */
  mounts(prefix: string): string[];
  /** What state.json remembers. */
  remembered(): readonly { readonly target: string; readonly mountId: string }[];
}

/** With a root that can be written to. */
export async function mountTarget(
  t: TestContext,
  patch: (config: Parameters<Extract<ConfigPatch, (...args: never[]) => void>>[0]) => void = () => {},
) {
  const target = await runTarget(t, (config) => {
    config.root.readonly = false;
    patch(config);
  });
  const { runtime, scratch, id, pid } = target;
  const call = async (action: string, mounts: readonly AddedMount[]): Promise<Outcome> => {
    const file = scratch.path("mounts.json");
    writeFileSync(file, JSON.stringify(mounts));
    const { code, stdout, stderr } = await runtime.run(["mounts", action, id, file]);
    return { code, stdout, stderr };
  };
  const more: Omit<MountTarget, keyof Target> = {
    add: (mounts) => call("add", mounts),
    remove: (mounts) => call("remove", mounts),
    mounts: (prefix) =>
      readFileSync(`/proc/${pid}/mountinfo`, "utf8")
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, , , , point]) => point?.startsWith(prefix))
        .map(([, , , , point, options]) => `${point} ${options}`),
    remembered: () => (JSON.parse(readFileSync(join(runtime.root, id, "state.json"), "utf8")) as { addedMounts?: [] }).addedMounts ?? [],
  };
  return { ...target, ...more } satisfies MountTarget;
}
