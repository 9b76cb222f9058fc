import { type Rule, eachItem } from "./rule.js";

export const environment: Rule = ({ process }) =>
  eachItem(process?.env, "/process/env", (entry, at) => {
    const equals = entry.indexOf("=");
    if (equals < 0) return { at, message: "invalid environment variable: missing '='" };
    if (equals === 0) return { at, message: "invalid environment variable: name cannot be empty" };
    return undefined;
  });
