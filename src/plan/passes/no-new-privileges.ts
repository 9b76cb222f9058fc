import { type Pass, step } from "../context.js";

export const noNewPrivileges: Pass = ({ process }) =>
  process.noNewPrivileges === true ? [step("init", "no-new-privileges", "/process/noNewPrivileges", { verb: "process.no-new-privs" })] : [];
