import { type Rule, eachItem } from "./rule.js";

const types = new Set(
  "CPU FSIZE DATA STACK CORE RSS NPROC NOFILE MEMLOCK AS LOCKS SIGPENDING MSGQUEUE NICE RTPRIO RTTIME"
    .split(" ")
    .map((name) => `RLIMIT_${name}`),
);

export const rlimits: Rule = ({ process }) => {
  const seen = new Set<string>();
  return eachItem(process?.rlimits, "/process/rlimits", ({ type, soft, hard }, at) => {
    if (!types.has(type)) return { at: `${at}/type`, message: `wrong rlimit value: ${type}` };
    if (seen.has(type)) return { at: `${at}/type`, message: `duplicated rlimit ${type}` };
    seen.add(type);
    if (soft > hard) return { at: `${at}/soft`, message: `soft limit ${soft} of ${type} is above its hard limit ${hard}` };
    return undefined;
  });
};
