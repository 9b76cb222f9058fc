import { type Pass, step } from "../context.js";
import { savesBeside } from "./beside.js";

/** Before the user's program can run, so that no crash leaves a container that nobody knows. */
export const saveState: Pass = (context) => [
  step("runtime", "store/save", "default:store", { verb: "store.save" }, savesBeside(context) ? { beside: true } : undefined),
];

export const pidFile: Pass = ({ options: { pidFile: path } }) =>
  path === undefined ? [] : [step("runtime", "pid-file", "cli:--pid-file", { verb: "pidfile.write", path })];

/** Once nothing but the gate is left: whoever holds it may count on the process. */
export const pidfdSend: Pass = ({ options: { pidfdSocket: path } }) =>
  path === undefined ? [] : [step("runtime", "pidfd/send", "cli:--pidfd-socket", { verb: "pidfd.send", path })];
