import type { Rule } from "./rule.js";

/** It may be absent: `create` then makes a container that `start` refuses (runtime-spec, "start"). */
export const processRule: Rule = ({ process }) => {
  if (process === undefined) return undefined;
  if (process.cwd === "") return { at: "/process/cwd", message: "Cwd property must not be empty" };
  if (!process.cwd.startsWith("/")) return { at: "/process/cwd", message: "Cwd must be an absolute path" };
  if (process.args === undefined || process.args.length === 0) return { at: "/process/args", message: "args must not be empty" };
  return undefined;
};
