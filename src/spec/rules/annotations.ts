import { GvariantError } from "../gvariant.js";
import { UNIT_ANNOTATION, unitAnnotation } from "../unit-annotations.js";
import { type Rule, escapePointer, quoted } from "./rule.js";

/** Names of a unit's properties go to systemd as they are: letters alone (survey 4.2). Values are GVariant text, which is never empty. */
export const annotations: Rule = (config) => {
  for (const [key, value] of Object.entries(config.annotations ?? {})) {
    if (!key.startsWith(UNIT_ANNOTATION)) continue;
    const at = `/annotations/${escapePointer(key)}`;
    const name = key.slice(UNIT_ANNOTATION.length);
    if (!/^[A-Za-z]{3,}$/.test(name))
      return { at, message: `annotation ${key} name incorrect: ${quoted(name)} is no property of a systemd unit` };
    const problem = value.trim() === "" ? "it is empty" : valueProblem(name, value);
    if (problem !== undefined) return { at, message: `annotation ${key} value parse error: ${problem}` };
  }
  return undefined;
};

function valueProblem(name: string, value: string): string | undefined {
  try {
    unitAnnotation(name, value);
    return undefined;
  } catch (error) {
    if (error instanceof GvariantError) return error.message;
    throw error;
  }
}
