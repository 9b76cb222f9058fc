// `mounts add` and `mounts remove`: all of the file's mounts, or none of them.
import { TsruncError } from "../errors/errors.js";
import { prefixed } from "../errors/format.js";
import { readFacts } from "../host/facts.js";
import type { Native } from "../host/port.js";
import { compileMountsAdd, compileMountsRemove, type MountsTarget, type RemoveInput } from "../plan/mounts.js";
import type { Plan } from "../plan/types.js";
import { configError } from "../spec/load.js";
import { checkAddedMounts, type LoadedMounts, parseMountsFile } from "../spec/mounts-file.js";
import { cleanPath } from "../spec/rules/rule.js";
import { giveUp, isErrno, readAll } from "../store/files.js";
import { absolutePath, baseName } from "../store/paths.js";
import type { SavedMount } from "../store/state.js";
import { conduct } from "./conductor.js";
import { configOf, type Container, lockContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { executionOn } from "./start.js";
import { attachedMounts } from "./steps/mounts.js";

export function addMounts(context: Context, id: string, file: string): void {
  withContainer(context, id, "tsrunc mounts add failed: ", file, (container, loaded) => {
    const { state } = container;
    const facts = readFacts(context.native);
    checkAddedMounts(loaded, configOf(state), { facts, id, bundle: state.bundle, noPivot: false });
    const input = { target: targetOf(context.native, container), mounts: loaded.mounts, directory: context.cwd };
    for (const { source, options, type } of loaded.mounts) {
      // Only a relative source needs the directory, which may be gone.
      if ((type === "bind" || options?.some((option) => option === "bind" || option === "rbind")) === true)
        absolutePath(source ?? "", context.cwd);
    }
    return compileMountsAdd(input);
  });
}

export function removeMounts(context: Context, id: string, file: string): void {
  withContainer(context, id, "tsrunc mounts remove failed: ", file, (container, loaded) =>
    compileMountsRemove({ target: targetOf(context.native, container), mounts: removed(context, container, loaded) }),
  );
}

function withContainer(
  context: Context,
  id: string,
  prefix: string,
  file: string,
  compile: (container: Container, loaded: LoadedMounts) => Plan,
): void {
  try {
    const loaded = loadFile(context, file);
    const container = lockContainer(context, id);
    try {
      if (statusOf(context.native, container) === "stopped") throw new TsruncError("container not running");
      container.entry.checkConfig(container.state);
      carryOut(context, container, loaded, compile(container, loaded));
    } finally {
      container.entry.unlock();
    }
  } catch (error) {
    throw prefixed(prefix, error);
  }
}

function loadFile({ native, cwd }: Context, file: string): LoadedMounts {
  if (file === "-") return parseMountsFile(readAll(native, 0, 4096), "stdin");
  try {
    return parseMountsFile(native.readFile(absolutePath(file, cwd)), baseName(file));
  } catch (error) {
    throw isErrno(error, "ENOENT") ? new TsruncError(`open ${file}: no such file or directory`) : error;
  }
}

function targetOf(native: Native, { state }: Container): MountsTarget {
  const differs = (name: string): boolean => native.readlink(`/proc/${state.pid}/ns/${name}`) !== native.readlink(`/proc/self/ns/${name}`);
  if (!differs("mnt")) throw new TsruncError("the container has no mount namespace of its own: the mounts would be the host's");
  return { id: state.id, config: configOf(state), userNamespace: differs("user"), hostRoot: native.geteuid() === 0 };
}

function carryOut(context: Context, container: Container, { where }: LoadedMounts, plan: Plan): void {
  const { native } = context;
  const nothing = native.open("/dev/null", ["readwrite"], 0);
  try {
    const exec = { stdio: [nothing, nothing, nothing], preserve: [], cgroups: container.state.cgroups } as const;
    conduct({ ...executionOn(context, container, plan), where, exec });
  } finally {
    giveUp(native, nothing);
  }
}

/** Only what was added: the mounts of config.json, masks above all, are a part of how the container is isolated. */
function removed(context: Context, { state }: Container, { mounts, where }: LoadedMounts): RemoveInput["mounts"] {
  const left = [...(state.addedMounts ?? [])];
  const attached = attachedMounts({ context, initPid: state.pid });
  const found = mounts.map(({ destination }, index) => {
    const at = `/${index}`;
    const place = left.findLastIndex(({ target }) => target === cleanPath(destination));
    const mount = place < 0 ? undefined : (left.splice(place, 1)[0] as SavedMount);
    if (mount === undefined) {
      throw configError(where, `${at}/destination`, `${JSON.stringify(destination)} was not added to this container by "mounts add"`);
    }
    return { mountId: mount.mountId, point: attached.get(mount.mountId), at };
  });
  const age = new Map((state.addedMounts ?? []).map(({ mountId }, index) => [mountId, index]));
  return found.sort((a, b) => (age.get(b.mountId) ?? 0) - (age.get(a.mountId) ?? 0));
}
