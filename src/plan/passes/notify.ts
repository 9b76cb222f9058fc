// sd_notify(3) out of the container: a directory of the state directory, in which `start` binds the socket that it relays from (survey 3.12).
import { canMount, NOTIFY_DIRECTORY, type Pass, step } from "../context.js";
import { MS } from "../linux.js";

const at = "default:NOTIFY_SOCKET";

export const notifyDirectory: Pass = ({ options }) =>
  options.notify === true ? [step("runtime", "notify/create", at, { verb: "notify.create" })] : [];

/** Read-only: the container connects to the socket, it does not make files for the host. */
export const notifyMount: Pass = (context) => {
  if (context.options.notify !== true || !canMount(context)) return [];
  const op = {
    verb: "mount.bind",
    source: `${context.stateDir}/notify`,
    target: NOTIFY_DIRECTORY,
    recursive: false,
    flags: MS.RDONLY | MS.NOSUID | MS.NODEV | MS.NOEXEC,
    cleared: 0,
    recSet: 0,
    recClear: 0,
    propagation: [],
    onProc: false,
  } as const;
  return [step("init", "notify/mount", at, op)];
};
