// The file of `mounts add` and `mounts remove`: what `mounts` of config.json is, a list, by the same schema and rules.
import { validate } from "tsrunc:validate-config";
import type { TsruncError } from "../errors/errors.js";
import type { Config, Mount } from "./config.js";
import { findPointer, lineColumn } from "./json-position.js";
import { parseJson } from "./json.js";
import { configError } from "./load.js";
import { mountIdMaps } from "./rules/mount-id-maps.js";
import { mounts as mountRule } from "./rules/mounts.js";
import { procMounts } from "./rules/proc-mounts.js";
import { eachItem, type Finding, quoted, type Rule, type RuleContext } from "./rules/rule.js";
import { describeSchemaError } from "./schema-error.js";
import { decodeUtf8 } from "./utf8.js";

export interface LoadedMounts {
  readonly mounts: readonly Mount[];
  /** `mounts.json:4:7` of a pointer into the list: `/0/source`. */
  where(pointer: string): string | undefined;
}

const PREFIX = "/mounts";

/** Syntax and schema errors are thrown: `mounts.json:4:7 /0/destination: must be ...`. */
export function parseMountsFile(bytes: Uint8Array, fileName: string): LoadedMounts {
  const text = decodeUtf8(bytes, fileName);
  const value = parseJson(text, fileName);
  const where = (pointer: string): string | undefined => {
    if (pointer !== "" && !pointer.startsWith("/")) return undefined;
    const { line, column } = lineColumn(text, findPointer(text, pointer));
    return `${fileName}:${line}:${column}`;
  };
  if (!Array.isArray(value)) {
    throw configError(where, "", "mounts must be an array", 'the file holds what "mounts" of config.json holds: a list of mounts');
  }
  // One compiled schema serves all documents.
  const whole = { ociVersion: "1.0.0", mounts: value };
  const error = validate(whole);
  if (error !== undefined) {
    const { pointer, message } = describeSchemaError(error, whole);
    throw configError(where, pointer.slice(PREFIX.length), message);
  }
  return { mounts: value as Mount[], where };
}

/** What can not be added to a container with this config.json; the first finding is thrown. */
export function checkAddedMounts({ mounts, where }: LoadedMounts, config: Config, context: RuleContext): void {
  const changed: Config = { ...config, mounts: [...mounts] };
  for (const rule of [mountRule, mountIdMaps, procMounts, onlyAtCreate] satisfies readonly Rule[]) {
    const finding = rule(changed, context);
    if (finding !== undefined) throw addedError(where, finding);
  }
}

function addedError(where: LoadedMounts["where"], { at, message, hint }: Finding): TsruncError {
  return configError(where, at.slice(PREFIX.length), message, hint);
}

/** What they show is chosen by the namespaces of who mounts them, and masks of config.json belong to it. */
const ofNamespaces = new Set(["proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"]);

const onlyAtCreate: Rule = ({ mounts }) =>
  eachItem(mounts, PREFIX, ({ type, options = [] }, at) => {
    const bind = options.some((option) => option === "bind" || option === "rbind");
    if (!bind && ofNamespaces.has(type ?? "")) {
      return { at: `${at}/type`, message: `${quoted(type ?? "")} can be mounted only when a container is created` };
    }
    const option = options.findIndex((name) => ["remount", "tmpcopyup", "copy-symlink"].includes(name));
    if (option < 0) return undefined;
    return { at: `${at}/options/${option}`, message: `${options[option]} is possible only when a container is created` };
  });
