// The document of `update --resources`: linux.resources of config.json alone, by the same schema.
import { validate } from "tsrunc:validate-config";
import type { Resources } from "./config.js";
import { findPointer, lineColumn } from "./json-position.js";
import { parseJson } from "./json.js";
import { configError } from "./load.js";
import { describeSchemaError } from "./schema-error.js";
import { decodeUtf8 } from "./utf8.js";

/** What the pointers of rules and limits begin with. */
export const RESOURCES = "/linux/resources";

export interface LoadedResources {
  readonly resources: Resources;
  /** `stdin:1:20` of a JSON pointer below the document. */
  where(pointer: string): string | undefined;
}

/** Syntax and schema errors are thrown: `stdin:1:20 /memory/limit: must be ...`. */
export function parseResources(bytes: Uint8Array, fileName: string): LoadedResources {
  const text = decodeUtf8(bytes, fileName);
  const value = withoutEmptyPids(parseJson(text, fileName));
  const where = (pointer: string): string => {
    const { line, column } = lineColumn(text, findPointer(text, pointer));
    return `${fileName}:${line}:${column}`;
  };
  // One compiled schema serves both documents.
  const whole = { ociVersion: "1.0.0", linux: { resources: value } };
  const error = validate(whole);
  if (error !== undefined) {
    const problem = describeSchemaError(error, whole);
    throw configError(where, problem.pointer.slice(RESOURCES.length), problem.message);
  }
  return { resources: value as Resources, where };
}

/** Go programs with the newest types of the specification write `"pids": {}` for "not set"; its schema wants a limit there. */
function withoutEmptyPids(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("pids" in value)) return value;
  const { pids, ...rest } = value;
  return typeof pids === "object" && pids !== null && !Array.isArray(pids) && Object.keys(pids).length === 0 ? rest : value;
}
