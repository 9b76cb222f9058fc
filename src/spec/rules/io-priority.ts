import type { Rule } from "./rule.js";

export const ioPriority: Rule = ({ process }) => {
  const { priority = 0 } = process?.ioPriority ?? {};
  if (priority >= 0 && priority <= 7) return undefined;
  return { at: "/process/ioPriority/priority", message: `invalid ioPriority.Priority: ${priority}`, hint: "from 0 (highest) to 7" };
};
