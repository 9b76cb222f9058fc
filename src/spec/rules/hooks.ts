import type { Hook } from "../config.js";
import { type Finding, type Rule, eachItem, quoted } from "./rule.js";

const kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"] as const;
// Seconds of a signed 64-bit count of nanoseconds, some 292 years.
const longest = 9223372036;

export const hooks: Rule = ({ hooks }) => {
  for (const kind of kinds) {
    const finding = eachItem(hooks?.[kind], `/hooks/${kind}`, check);
    if (finding !== undefined) return finding;
  }
  return undefined;
};

function check({ path, timeout = 1 }: Hook, at: string): Finding | undefined {
  if (!path.startsWith("/")) return { at: `${at}/path`, message: `hook path must be absolute, not ${quoted(path)}` };
  if (timeout > longest) return { at: `${at}/timeout`, message: `timeout must be at most ${longest} seconds, not ${timeout}` };
  return undefined;
}
