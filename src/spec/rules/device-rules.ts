import { type Finding, type Rule, eachItem, quoted } from "./rule.js";

/** Rules of the device cgroup; a number that is absent or -1 means all. */
export const deviceRules: Rule = ({ linux }) =>
  eachItem(linux?.resources?.devices, "/linux/resources/devices", (rule, at, index): Finding | undefined => {
    if (rule.access === undefined || rule.access === "") {
      return { at: `${at}/access`, message: `device access at ${index} field cannot be empty` };
    }
    if (!/^[rwm]+$/.test(rule.access)) {
      return { at: `${at}/access`, message: `invalid device access ${quoted(rule.access)}: only the letters r, w and m have a meaning` };
    }
    if (!["", "a", "b", "c"].includes(rule.type ?? "")) {
      return { at: `${at}/type`, message: `invalid cgroup device type ${quoted(rule.type ?? "")}` };
    }
    for (const part of ["major", "minor"] as const) {
      const value = rule[part] ?? -1;
      if (value < -1 || value > 0xffffffff) return { at: `${at}/${part}`, message: `invalid ${part} device number ${value}` };
    }
    return undefined;
  });
