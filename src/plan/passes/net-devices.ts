// Once init is in its network namespace, and before anything that needs the devices there: sysctls, hooks.
import { escapePointer } from "../../spec/rules/rule.js";
import { type Pass, step } from "../context.js";

export const netDevices: Pass = ({ linux }) =>
  Object.entries(linux.netDevices ?? {}).map(([device, { name = "" }]) => {
    const op = { verb: "netdev.move", device, name: name === "" ? device : name } as const;
    return step("runtime", `net-devices/${device}`, `/linux/netDevices/${escapePointer(device)}`, op);
  });
