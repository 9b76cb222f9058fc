// Where the limits of an `update` come from: a document, or flags. Errors name the place either way.
import { TsruncError } from "../errors/errors.js";
import type { Resources } from "../spec/config.js";
import { parseResources, RESOURCES } from "../spec/resources.js";
import { readAll } from "../store/files.js";
import type { Context } from "./context.js";
import type { RdtSchemata } from "./update-rdt.js";

export interface FlagResources {
  readonly resources: Resources;
  /** The flag that set what a JSON pointer names. */
  readonly flags: ReadonlyMap<string, string>;
}

/** `file` may be "-": stdin. */
export type UpdateOptions = ({ readonly file: string } | { readonly flags: FlagResources }) & { readonly rdt?: RdtSchemata };

export interface UpdateSource {
  readonly resources: Resources;
  /** Who asked, for a step: `/memory/limit`, or `cli:--memory`. `at` is a pointer into config.json. */
  origin(at: string): string;
  /** `stdin:1:20` of an origin. */
  where(origin: string): string | undefined;
}

export function loadSource(context: Context, options: UpdateOptions): UpdateSource {
  if ("flags" in options) return flagSource(options.flags);
  const { native } = context;
  const { resources, where } =
    options.file === "-"
      ? parseResources(readAll(native, 0, 4096), "stdin")
      : parseResources(native.readFile(options.file), options.file.slice(options.file.lastIndexOf("/") + 1));
  return { resources, origin: below, where };
}

function flagSource({ resources, flags }: FlagResources): UpdateSource {
  const origin = (at: string): string => {
    const flag = flags.get(below(at));
    return flag === undefined ? at : `cli:--${flag}`;
  };
  return { resources, origin, where: () => undefined };
}

function below(at: string): string {
  return at.startsWith(RESOURCES) ? at.slice(RESOURCES.length) : at;
}

/** An error about a property of config.json's resources, told about the place that it came from here. */
export function placed(error: unknown, source: UpdateSource): unknown {
  if (!(error instanceof TsruncError)) return error;
  const { at, hint } = error.fields;
  if (at === undefined || !at.startsWith(RESOURCES)) return error;
  const text = error.message.startsWith(`${at}: `) ? error.message.slice(at.length + 2) : error.message;
  return problem(source, at, text, hint);
}

export function problem(source: UpdateSource, at: string, message: string, hint?: string): TsruncError {
  const origin = source.origin(at);
  const where = source.where(origin);
  return new TsruncError(`${[where, origin].filter((part) => part !== undefined && part !== "").join(" ")}: ${message}`, {
    at: origin,
    where,
    hint,
  });
}
