import { type Pass, step } from "../context.js";
import { preservedFds } from "./spawn.js";

export const execProgram: Pass = (context) => {
  const op = { verb: "process.exec", args: context.process.args ?? [], env: context.env, preserveFds: preservedFds(context) } as const;
  return [step("init", "program/exec", "/process/args", op)];
};
