import type { Int64, Memory } from "../config.js";
import type { Finding, Rule } from "./rule.js";

const at = "/linux/resources/memory";
// Docker's "not set": -1 as an unsigned number.
const unsetSwappiness = 18446744073709551615n;

export const memory: Rule = ({ linux }) => {
  const limits = linux?.resources?.memory;
  if (limits === undefined) return undefined;
  for (const name of ["limit", "reservation", "swap"] as const) {
    const value = limits[name] ?? 0;
    if (value < -1) return { at: `${at}/${name}`, message: `invalid memory value: ${value} (-1 is no limit)` };
  }
  const swappiness = limits.swappiness ?? 0;
  if (swappiness > 100 && swappiness !== unsetSwappiness) {
    return { at: `${at}/swappiness`, message: `invalid memory swappiness value: ${swappiness} (valid range is 0-100)` };
  }
  return swap(limits);
};

/** `swap` counts memory and swap together; 0 is "not set", -1 no limit. The kernel refuses the same, without words. */
function swap(limits: Memory): Finding | undefined {
  const total: Int64 = limits.swap ?? 0;
  const limit: Int64 = limits.limit ?? 0;
  if (total <= 0) return undefined;
  if (limit <= 0) return { at: `${at}/swap`, message: "unable to set swap limit without memory limit" };
  if (total < limit) return { at: `${at}/swap`, message: "memory+swap limit should be >= memory limit" };
  return undefined;
}
