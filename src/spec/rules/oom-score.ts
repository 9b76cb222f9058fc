import type { Rule } from "./rule.js";

/** OOM_SCORE_ADJ_MIN and _MAX of the kernel (proc(5)). */
export const oomScore: Rule = ({ process }) => {
  const value = process?.oomScoreAdj ?? 0;
  if (value >= -1000 && value <= 1000) return undefined;
  return { at: "/process/oomScoreAdj", message: `oomScoreAdj must be from -1000 to 1000, not ${value}` };
};
