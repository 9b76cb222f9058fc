import { type Pass, step } from "../context.js";
import { rlimitNames } from "../linux.js";

/** From outside, so that raising above the hard limit works where the runtime may; late, so that they hold for the program and not for its setup. */
export const rlimits: Pass = ({ process }) =>
  (process.rlimits ?? []).flatMap(({ type, soft, hard }, index) => {
    const resource = (rlimitNames as readonly string[]).indexOf(type);
    // An unknown type was refused by the semantic rules.
    if (resource < 0) return [];
    return [step("runtime", `rlimits/${type}`, `/process/rlimits/${index}`, { verb: "rlimit.set", resource, soft, hard })];
  });
