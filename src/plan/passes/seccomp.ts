// Right before the exec: a profile needs to allow hardly more than execve(2).
import { seccompFlags, usesNotify } from "../../seccomp/translate.js";
import { stringifyJson } from "../../spec/json.js";
import { bundlePath, type Pass, type PlanContext, step } from "../context.js";
import { OCI_VERSION, stateAroundPid } from "../hooks.js";
import type { Op, Step } from "../types.js";

/** As addon/init/ops/gate.cc has it: `start` brings it, exec sends it with its plan. */
export const LISTENER_SLOT = 62;

export const seccompLoad: Pass = (context) => loadSteps(context, undefined);

/** exec: the container has its pid already, and another one than the process. */
export function seccompLoadIn(context: PlanContext, containerPid: number): readonly Step[] {
  return loadSteps(context, containerPid);
}

function loadSteps(context: PlanContext, containerPid: number | undefined): readonly Step[] {
  const profile = context.linux.seccomp;
  if (profile === undefined) return [];
  const listener = usesNotify(profile) ? { listener: LISTENER_SLOT } : {};
  const state = usesNotify(profile) ? processState(context, profile, containerPid) : [];
  const op: Op = { verb: "seccomp.load", slot: context.slots.seccomp, flags: seccompFlags(profile), ...listener, state };
  return [step("init", "seccomp/load", "/linux/seccomp", op)];
}

/** The container process state (runtime-spec, config-linux.md), in parts between which comes the pid of the process. */
function processState(
  { id, bundle, config }: PlanContext,
  { listenerMetadata }: NonNullable<PlanContext["linux"]["seccomp"]>,
  containerPid: number | undefined,
): string[] {
  const status = containerPid === undefined ? "created" : "running";
  const { statePrefix, stateSuffix = "" } = stateAroundPid({ id, bundle, status, annotations: config.annotations });
  const head = stringifyJson({ ociVersion: OCI_VERSION, fds: ["seccompFd"] }).slice(0, -1);
  const metadata = listenerMetadata === undefined ? "" : `"metadata":${stringifyJson(listenerMetadata)},`;
  const rest = `,${metadata}"state":${statePrefix}`;
  const first = `${head},"pid":`;
  return containerPid === undefined ? [first, rest, `${stateSuffix}}`] : [first, `${rest}${containerPid}${stateSuffix}}`];
}

/** Of the agent that is to answer; undefined when nothing is asked of one. */
export function listenerPath(profile: PlanContext["linux"]["seccomp"]): string | undefined {
  return profile === undefined || !usesNotify(profile) ? undefined : (profile.listenerPath ?? "");
}

/** Late: the agent that is there when the program starts, which may be an hour after `create`. */
export function connectListener(listener: string | undefined, bundle: string): Step[] {
  if (listener === undefined) return [];
  const path = bundlePath({ bundle }, listener);
  return [step("runtime", "seccomp/connect", "/linux/seccomp/listenerPath", { verb: "seccomp.connect", path, slot: LISTENER_SLOT })];
}
