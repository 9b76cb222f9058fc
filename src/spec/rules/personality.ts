import type { Rule } from "./rule.js";

/** runtime-spec 1.3: "Currently no flag values are supported." What others leave out in silence is refused. */
export const personality: Rule = ({ linux }) => {
  const { flags = [] } = linux?.personality ?? {};
  if (flags.length === 0) return undefined;
  return { at: "/linux/personality/flags", message: "personality.flags must be empty: the specification has no flags yet" };
};
