import { type Rule, quoted } from "./rule.js";

const at = "/linux/intelRdt";

/** Messages as runc's. What asks for nothing passes everywhere. */
export const intelRdt: Rule = ({ linux }, { facts }) => {
  const { closID = "", l3CacheSchema = "", memBwSchema = "", schemata = [], enableMonitoring = false } = linux?.intelRdt ?? {};
  if (closID === "" && l3CacheSchema === "" && memBwSchema === "" && schemata.length === 0 && !enableMonitoring) return undefined;
  if (facts.resctrl === undefined)
    return { at, message: "intelRdt is specified in config, but Intel RDT is not enabled", hint: "resctrl is not mounted" };
  if (closID === "." || closID === ".." || (closID.length > 1 && closID.includes("/"))) {
    return { at: `${at}/closID`, message: `invalid intelRdt.ClosID ${quoted(closID)}` };
  }
  const lines = [["l3CacheSchema", l3CacheSchema] as const, ...schemata.map((line, index) => [`schemata/${index}`, line] as const)];
  const broken = lines.find(([, line]) => line.includes("\n"));
  return broken === undefined ? undefined : { at: `${at}/${broken[0]}`, message: "a schema is one line" };
};
