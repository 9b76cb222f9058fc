import { escapePointer } from "../../spec/rules/rule.js";
import { sysctlPath } from "../../spec/sysctl.js";
import { type Pass, step } from "../context.js";

export const sysctls: Pass = ({ linux: { sysctl } }) =>
  Object.entries(sysctl ?? {}).map(([name, value]) =>
    step("init", `sysctl/${name}`, `/linux/sysctl/${escapePointer(name)}`, { verb: "sysctl.write", path: sysctlPath(name), value }),
  );
