import { type Finding, type Rule, eachItem } from "./rule.js";

interface SeccompListener {
  readonly listenerPath?: string;
  readonly listenerMetadata?: string;
}

const NOTIFY = "SCMP_ACT_NOTIFY";
const withErrno = new Set(["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"]);

/** What libseccomp or the kernel would answer with a bare EINVAL. */
export const seccomp: Rule = ({ linux }) => {
  const profile = linux?.seccomp;
  if (profile === undefined) return undefined;
  if (profile.defaultErrnoRet !== undefined && !withErrno.has(profile.defaultAction)) {
    return { at: "/linux/seccomp/defaultErrnoRet", message: `defaultErrnoRet cannot be used with ${profile.defaultAction}` };
  }
  if (profile.defaultAction === NOTIFY) {
    return { at: "/linux/seccomp/defaultAction", message: `${NOTIFY} cannot be used as default action` };
  }
  const notifies = profile.syscalls?.some(({ action }) => action === NOTIFY) === true;
  const listener = listenerProblem(profile, notifies);
  if (listener !== undefined) return listener;
  const flag = notifies ? -1 : (profile.flags?.indexOf("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV") ?? -1);
  if (flag >= 0) {
    return { at: `/linux/seccomp/flags/${flag}`, message: "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV cannot be used without SCMP_ACT_NOTIFY" };
  }
  return eachItem(profile.syscalls, "/linux/seccomp/syscalls", (rule, at): Finding | undefined => {
    if (rule.errnoRet !== undefined && !withErrno.has(rule.action)) {
      return { at: `${at}/errnoRet`, message: `errnoRet cannot be used with ${rule.action}` };
    }
    // As runc has it, which would wait for itself; ours would not, but a program that cannot write is no container of anybody's.
    if (rule.action === NOTIFY && rule.names.includes("write")) {
      return { at: `${at}/action`, message: `${NOTIFY} cannot be used for the write syscall` };
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

/** Engines write "" for what is not set. */
function listenerProblem({ listenerPath = "", listenerMetadata = "" }: SeccompListener, notifies: boolean): Finding | undefined {
  if (listenerPath === "" && notifies) return { at: "/linux/seccomp/listenerPath", message: "seccomp listenerPath is not set" };
  if (listenerPath === "" && listenerMetadata !== "") {
    return { at: "/linux/seccomp/listenerMetadata", message: "listenerMetadata cannot be used without listenerPath" };
  }
  return undefined;
}
