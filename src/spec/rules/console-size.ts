import type { Rule } from "./rule.js";

/** struct winsize has 16 bits for each. Without a terminal the size must be ignored (config.md, Process). */
export const consoleSize: Rule = ({ process }) => {
  if (process?.terminal !== true || process.consoleSize === undefined) return undefined;
  for (const side of ["height", "width"] as const) {
    const value = process.consoleSize[side];
    if (value > 65535) return { at: `/process/consoleSize/${side}`, message: `${side} must be at most 65535, not ${value}` };
  }
  return undefined;
};
