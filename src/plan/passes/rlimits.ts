import { hasUserNamespace, type Pass, step } from "../context.js";
import { rlimitNames } from "../linux.js";

/**
 * Late, so that they hold for the program and not for its setup. By init itself, which is root as the runtime is and saves a turn; from outside
 * where a user namespace has taken the right to raise a hard limit (CAP_SYS_RESOURCE of the host).
 */
export const rlimits: Pass = (context) =>
  (context.process.rlimits ?? []).flatMap(({ type, soft, hard }, index) => {
    const resource = (rlimitNames as readonly string[]).indexOf(type);
    // An unknown type was refused by the semantic rules.
    if (resource < 0) return [];
    const who = hasUserNamespace(context) ? "runtime" : "init";
    return [step(who, `rlimits/${type}`, `/process/rlimits/${index}`, { verb: "rlimit.set", resource, soft, hard })];
  });
