import { newNamespace, type Pass, step } from "../context.js";

/** Of a joined namespace the loopback is its owner's business. */
export const loopback: Pass = (context) => {
  const entry = newNamespace(context, "network");
  return entry === undefined ? [] : [step("init", "loopback", entry.at, { verb: "net.loopback" })];
};
