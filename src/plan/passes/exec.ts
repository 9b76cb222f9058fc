import { type Pass, step } from "../context.js";
import { preservedFds } from "./spawn.js";

/** config.json may leave `process` out (runtime-spec, "create"): such a container has no program to start. */
export const execProgram: Pass = (context) => {
  if (context.config.process === undefined) return [];
  const op = { verb: "process.exec", args: context.process.args ?? [], env: context.env, preserveFds: preservedFds(context) } as const;
  return [step("init", "program/exec", "/process/args", op)];
};
