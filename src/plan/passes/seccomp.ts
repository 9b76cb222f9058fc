// Right before the exec: a profile needs to allow hardly more than execve(2).
import { seccompFlags } from "../../seccomp/translate.js";
import { type Pass, step } from "../context.js";

export const seccompLoad: Pass = ({ linux, slots }) => {
  if (linux.seccomp === undefined) return [];
  const op = { verb: "seccomp.load", slot: slots.seccomp, flags: seccompFlags(linux.seccomp) } as const;
  return [step("init", "seccomp/load", "/linux/seccomp", op)];
};
