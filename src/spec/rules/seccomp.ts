import { type Finding, type Rule, eachItem } from "./rule.js";

const withErrno = new Set(["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"]);

/** What libseccomp or the kernel would answer with a bare EINVAL. */
export const seccomp: Rule = ({ linux }) => {
  const profile = linux?.seccomp;
  if (profile === undefined) return undefined;
  if (profile.defaultErrnoRet !== undefined && !withErrno.has(profile.defaultAction)) {
    return { at: "/linux/seccomp/defaultErrnoRet", message: `defaultErrnoRet cannot be used with ${profile.defaultAction}` };
  }
  const flag = profile.flags?.indexOf("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") ?? -1;
  if (flag >= 0) {
    return { at: `/linux/seccomp/flags/${flag}`, message: "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV cannot be used without SCMP_ACT_NOTIFY" };
  }
  return eachItem(profile.syscalls, "/linux/seccomp/syscalls", (rule, at): Finding | undefined => {
    if (rule.errnoRet !== undefined && !withErrno.has(rule.action)) {
      return { at: `${at}/errnoRet`, message: `errnoRet cannot be used with ${rule.action}` };
    }
    const empty = rule.names.indexOf("");
    if (empty >= 0) return { at: `${at}/names/${empty}`, message: "empty string is not a valid syscall" };
    return eachItem(rule.args, `${at}/args`, (arg, place) =>
      arg.index > 5
        ? { at: `${place}/index`, message: `system calls have 6 arguments: index must be from 0 to 5, not ${arg.index}` }
        : undefined,
    );
  });
};
