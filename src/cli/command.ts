// What a subcommand is: data from which its flags are parsed and its help is printed, and a function that calls the runtime.
import type { Context } from "../runtime/context.js";

export interface Flag {
  /** Long name without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Placeholder of its value; absent for booleans. */
  readonly value?: string;
  /** May be given more than once: all values count, in order. */
  readonly repeat?: true;
  readonly help: string;
  readonly hidden?: boolean;
}

/** Values by long flag name; a boolean flag that was not given is absent. */
export interface Parsed {
  readonly flags: Readonly<Record<string, string | true>>;
  /** Values of flags that may be repeated. */
  readonly lists?: Readonly<Record<string, readonly string[]>>;
  readonly args: readonly string[];
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** As in the usage line: `<container-id>`. */
  readonly args: string;
  readonly min: number;
  readonly max: number;
  /** Flags end at the first positional argument (exec, kill, ps: what follows may look like flags). */
  readonly stopEarly?: boolean;
  readonly flags: readonly Flag[];
  /** Returns the exit code. */
  readonly run: (context: Context, parsed: Parsed) => number | Promise<number>;
}

export function text(parsed: Parsed, name: string): string | undefined {
  const value = parsed.flags[name];
  return typeof value === "string" ? value : undefined;
}

export function texts(parsed: Parsed, name: string): readonly string[] {
  return parsed.lists?.[name] ?? [];
}

export function given(parsed: Parsed, name: string): boolean {
  return parsed.flags[name] === true;
}

/** The positional argument that the count check has promised. */
export function arg(parsed: Parsed, index: number): string {
  return parsed.args[index] ?? "";
}
