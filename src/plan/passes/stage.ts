// Whether a process has to be between the runtime and init (docs/adr/0009-one-clone.md).
import { hasUserNamespace, type PlanContext } from "../context.js";

/**
 * A pid namespace is joined by children only; so is a new time namespace, whose offsets are written before it has any process. A user
 * namespace owns those made after it is entered, and execve in one without maps takes all capabilities.
 */
export function needsStage(context: PlanContext): boolean {
  const { namespaces } = context;
  const time = namespaces.get("time");
  return hasUserNamespace(context) || namespaces.get("pid")?.path !== undefined || (time !== undefined && time.path === undefined);
}
