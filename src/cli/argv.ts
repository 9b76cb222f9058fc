// runc's command line syntax (survey 1.1), brought into the form that commander reads: one or two dashes for any flag, values after
// "=" or a space, booleans with "=true" and "=false", "--", and flags that end at the first positional argument.
import { TsruncError } from "../errors/errors.js";
import type { Flag } from "./command.js";

/** A command line that cannot be understood: main prints the command's help beside the error. */
export class UsageError extends TsruncError {
  override readonly name = "UsageError";
}

export interface SplitArgs {
  /** `--name` and `--name=value`, long names; each flag at most once, the last one given, but for those that may be repeated. */
  readonly options: readonly string[];
  /** Positional arguments, in order. With `stopEarly` all from the first one on, unread. */
  readonly rest: readonly string[];
  readonly help: boolean;
}

const truths = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const lies = new Set(["0", "f", "F", "FALSE", "false", "False"]);

function parseBool(text: string, dashed: string): boolean {
  if (truths.has(text)) return true;
  if (lies.has(text)) return false;
  throw new UsageError(`invalid boolean value "${text}" for ${dashed}: parse error`);
}

export function splitArgs(argv: readonly string[], flags: readonly Flag[], stopEarly: boolean): SplitArgs {
  const options = new Map<string, string>();
  const rest: string[] = [];
  let help = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    const match = /^--?([^-=][^=]*)(?:=(.*))?$/s.exec(word);
    if (word === "--" || match === null) {
      const from = word === "--" ? at + 1 : at;
      if (stopEarly || word === "--") return { options: [...options.values()], rest: [...rest, ...argv.slice(from)], help };
      rest.push(word);
      continue;
    }
    const [, name = "", attached] = match;
    if (name === "help" || name === "h") {
      help = true;
      continue;
    }
    const flag = flags.find((candidate) => candidate.name === name || candidate.short === name);
    if (flag === undefined) throw new UsageError(`flag provided but not defined: -${name}`);
    if (flag.value === undefined) {
      if (parseBool(attached ?? "true", `-${name}`)) options.set(flag.name, `--${flag.name}`);
      else options.delete(flag.name);
      continue;
    }
    const value = attached ?? argv[++at];
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`);
    options.set(flag.repeat === true ? `${flag.name} ${options.size}` : flag.name, `--${flag.name}=${value}`);
  }
  return { options: [...options.values()], rest, help };
}

/** runc's text for a wrong number of positional arguments. */
export function checkCount(command: { name: string; min: number; max: number }, count: number): void {
  const { name, min, max } = command;
  const wrong = (kind: string, number: number): UsageError => new UsageError(`tsrunc: "${name}" requires ${kind} ${number} argument(s)`);
  if (min === max && count !== min) throw wrong("exactly", min);
  if (count < min) throw wrong("a minimum of", min);
  if (count > max) throw wrong("a maximum of", max);
}

/** A flag that is a number of things. */
export function parseCount(name: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw new UsageError(`invalid value "${text}" for flag -${name}: not a number of 0 or more`);
  return value;
}
