// Hooks of create: prestart and createRuntime outside, createContainer and startContainer inside (survey 2.9).
import { hookSteps, type HookSubject } from "../hooks.js";
import type { Pass, PlanContext } from "../context.js";

export const runtimeHooks: Pass = (context) => [
  ...hookSteps(subject(context, "created"), "prestart", "runtime"),
  ...hookSteps(subject(context, "created"), "createRuntime", "runtime"),
];

/** Still with the host's root: the path is one of the host's. */
export const containerHooks: Pass = (context) => hookSteps(subject(context, "created"), "createContainer", "init", context.env);

/** With the program's identity and environment, as runc has always had it. */
export const startHooks: Pass = (context) => hookSteps(subject(context, "created"), "startContainer", "init", context.env);

function subject({ id, bundle, config }: PlanContext, status: HookSubject["status"]): HookSubject {
  return { id, bundle, status, hooks: config.hooks, annotations: config.annotations };
}
