import { type Pass, step } from "../context.js";

/** Missing directories are made before the root turns read-only. */
export const cwdMake: Pass = ({ process: { cwd } }) =>
  cwd === "/" ? [] : [step("init", "cwd/make", "/process/cwd", { verb: "path.mkdir", path: cwd, mode: 0o755 })];

export const cwdEnter: Pass = ({ process: { cwd } }) => [step("init", "cwd/enter", "/process/cwd", { verb: "process.cwd", path: cwd })];
