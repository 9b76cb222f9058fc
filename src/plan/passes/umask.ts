import { type Pass, step } from "../context.js";

const DEFAULT_UMASK = 0o022;

export const umask: Pass = ({ process: { user } }) => {
  const at = user?.umask === undefined ? "default:umask" : "/process/user/umask";
  return [step("init", "umask", at, { verb: "process.umask", mask: user?.umask ?? DEFAULT_UMASK })];
};
