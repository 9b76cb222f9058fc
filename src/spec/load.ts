// config.json: bytes -> text -> value -> checked against the schema. The rules that no schema can express come after (rules/).
import { validate } from "tsrunc:validate-config";
import { TsruncError } from "../errors/errors.js";
import { shownPlace } from "../errors/printable.js";
import type { Config } from "./config.js";
import { keepText } from "./config-text.js";
import { findPointer, lineColumn } from "./json-position.js";
import { parseJson } from "./json.js";
import { describeSchemaError } from "./schema-error.js";
import { decodeUtf8 } from "./utf8.js";

export interface LoadedConfig {
  readonly config: Config;
  /**
   * `config.json:41:17`, the line and column of what a JSON pointer names; for a property that is missing those of the
   * innermost object that is there. undefined for what is no pointer (`cli:--no-pivot`). Reads the text again: only for errors.
   */
  where(pointer: string): string | undefined;
}

/** Reads and checks config.json; `plain` as for parseJson(). Syntax and schema errors are thrown: `config.json:41:17 /mounts/3/destination: must be ...`. */
export function parseConfig(bytes: Uint8Array, fileName: string, plain = false): LoadedConfig {
  const text = decodeUtf8(bytes, fileName);
  const value = isBlank(text) ? null : parseJson(text, fileName, plain);
  const where = (pointer: string): string | undefined => {
    if (pointer !== "" && !pointer.startsWith("/")) return undefined;
    const { line, column } = lineColumn(text, findPointer(text, pointer));
    return `${fileName}:${line}:${column}`;
  };
  if (value === null) throw configError(where, "", "config cannot be null");
  const error = validate(value);
  if (error !== undefined) {
    const problem = describeSchemaError(error, value);
    throw configError(where, problem.pointer, problem.message);
  }
  const config = value as Config;
  keepText(config, text);
  return { config, where };
}

/** Looked at no further than needed: trim() would copy all of it. */
function isBlank(text: string): boolean {
  return !text.startsWith("{") && text.trim() === "";
}

/** An error about one place of config.json. */
export function configError(where: LoadedConfig["where"], pointer: string, message: string, hint?: string): TsruncError {
  const position = where(pointer);
  const place = [position, shownPlace(pointer)].filter((part) => part !== undefined && part !== "").join(" ");
  return new TsruncError(`${place}: ${message}`, { at: pointer, where: position, hint });
}
