import { type Rule, hasNamespace, namespacePath } from "./rule.js";

/** Offsets can be written only before the first process is in the namespace (time_namespaces(7)). */
export const timeNamespace: Rule = (config) => {
  const offsets = Object.entries(config.linux?.timeOffsets ?? {});
  if (offsets.length === 0) return undefined;
  const at = "/linux/timeOffsets";
  if (!hasNamespace(config, "time")) {
    return { at, message: "time namespace offsets specified, but time namespace isn't enabled in the config" };
  }
  if (namespacePath(config, "time") !== undefined) {
    return { at, message: "time namespace enabled, but both namespace path and time offsets specified -- you may only provide one" };
  }
  for (const clock of ["monotonic", "boottime"] as const) {
    const nanos = config.linux?.timeOffsets?.[clock]?.nanosecs ?? 0;
    if (nanos > 999999999) return { at: `${at}/${clock}/nanosecs`, message: `nanosecs must be less than 1000000000, not ${nanos}` };
  }
  return undefined;
};
