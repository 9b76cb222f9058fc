import { type Pass, step } from "../context.js";

/** Absent: left as the engine has it (survey 2.2). */
export const oomScore: Pass = ({ process: { oomScoreAdj } }) => {
  if (oomScoreAdj === undefined) return [];
  return [step("runtime", "oom-score", "/process/oomScoreAdj", { verb: "oom.write", value: oomScoreAdj })];
};
