import { type Pass, step } from "../context.js";

export const lookup: Pass = ({ config, process, env }) => {
  if (config.process === undefined) return [];
  const op = { verb: "process.lookup", name: process.args?.[0] ?? "", env, uid: process.user?.uid ?? 0 } as const;
  return [step("init", "program/lookup", "/process/args/0", op)];
};
