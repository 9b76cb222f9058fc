import { type Rule, escapePointer, quoted } from "./rule.js";

const SYSTEMD = "org.systemd.property.";

/** Names of a unit's properties go to systemd as they are: letters alone (survey 4.2). Values are GVariant text, which is never empty. */
export const annotations: Rule = (config) => {
  for (const [key, value] of Object.entries(config.annotations ?? {})) {
    if (!key.startsWith(SYSTEMD)) continue;
    const at = `/annotations/${escapePointer(key)}`;
    const name = key.slice(SYSTEMD.length);
    if (!/^[A-Za-z]{3,}$/.test(name))
      return { at, message: `annotation ${key} name incorrect: ${quoted(name)} is no property of a systemd unit` };
    if (value.trim() === "") return { at, message: `annotation ${key} value parse error: it is empty` };
  }
  return undefined;
};
