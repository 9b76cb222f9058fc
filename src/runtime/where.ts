// `config.json:41:17` for the errors of `start` and `delete`, which have the saved config only.
import type { Native } from "../host/port.js";
import { findPointer, lineColumn } from "../spec/json-position.js";
import { parseJson, stringifyJson } from "../spec/json.js";
import type { SavedState } from "../store/state.js";

/** undefined when the bundle is gone, or its config.json is no longer what the container was made from. */
export function whereInBundle(native: Native, state: SavedState, at: string): string | undefined {
  if (!at.startsWith("/")) return undefined;
  try {
    const text = native.readText(`${state.bundle}/config.json`);
    if (stringifyJson(parseJson(text)) !== stringifyJson(state.config)) return undefined;
    const { line, column } = lineColumn(text, findPointer(text, at));
    return `config.json:${line}:${column}`;
  } catch {
    return undefined;
  }
}
