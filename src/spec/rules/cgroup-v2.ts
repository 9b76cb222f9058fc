import type { Resources } from "../config.js";
import type { Rule } from "./rule.js";

const unsetSwappiness = 18446744073709551615n;

// Controls of cgroup v1 that v2 does not have: set, they are refused rather than forgotten (survey 2.2). 0 is "not set".
const v1Only: Readonly<Record<string, (resources: Resources) => boolean>> = {
  "memory/swappiness": ({ memory }) => memory?.swappiness !== undefined && memory.swappiness !== unsetSwappiness,
  "memory/disableOOMKiller": ({ memory }) => memory?.disableOOMKiller === true,
  "cpu/realtimeRuntime": ({ cpu }) => (cpu?.realtimeRuntime ?? 0) > 0,
  "cpu/realtimePeriod": ({ cpu }) => (cpu?.realtimePeriod ?? 0) > 0,
  "blockIO/leafWeight": ({ blockIO }) => (blockIO?.leafWeight ?? 0) > 0,
  "network/classID": ({ network }) => (network?.classID ?? 0) > 0,
  "network/priorities": ({ network }) => (network?.priorities?.length ?? 0) > 0,
};

export const cgroupV2: Rule = ({ linux }, { facts }) => {
  const resources = linux?.resources;
  if (resources === undefined || facts.cgroup.mode !== "v2") return undefined;
  const name = Object.keys(v1Only).find((key) => v1Only[key]?.(resources));
  if (name === undefined) return undefined;
  return { at: `/linux/resources/${name}`, message: `${name.replace("/", ".")} cannot be set: cgroup v2 has no such control` };
};
