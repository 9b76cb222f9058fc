import type { Rule } from "./rule.js";

/** The spec makes `process` optional for create, but every engine sends it, and runc wants it (survey 2.1). */
export const processRule: Rule = ({ process }) => {
  if (process === undefined) return { at: "/process", message: "process property must not be empty" };
  if (process.cwd === "") return { at: "/process/cwd", message: "Cwd property must not be empty" };
  if (!process.cwd.startsWith("/")) return { at: "/process/cwd", message: "Cwd must be an absolute path" };
  if (process.args === undefined || process.args.length === 0) return { at: "/process/args", message: "args must not be empty" };
  return undefined;
};
