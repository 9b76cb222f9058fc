// runc's command line syntax (survey 1.1), which is urfave/cli's and not commander's: one or two dashes for any flag, values after "=" or a
// space, booleans with "=true" and "=false", "--", and flags that end at the first positional argument.
import { TsruncError } from "../errors/errors.js";
import type { Flag, Parsed } from "./command.js";

/** A command line that cannot be understood: main prints the command's help beside the error. */
export class UsageError extends TsruncError {
  override readonly name = "UsageError";
}

/** `args`: positional ones, in order; with `stopEarly` all from the first one on, unread. */
export interface CommandLine extends Parsed {
  readonly help: boolean;
}

const truths = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const lies = new Set(["0", "f", "F", "FALSE", "false", "False"]);

function parseBool(text: string, dashed: string): boolean {
  if (truths.has(text)) return true;
  if (lies.has(text)) return false;
  throw new UsageError(`invalid boolean value "${text}" for ${dashed}: parse error`);
}

/** `name` and what follows "=" of `-name`, `--name`, `-name=value` and `--name=value`; undefined for anything else. */
function flagWord(word: string): { name: string; attached: string | undefined } | undefined {
  if (!word.startsWith("-")) return undefined;
  const from = word.startsWith("--") ? 2 : 1;
  const equals = word.indexOf("=", from);
  const name = equals < 0 ? word.slice(from) : word.slice(from, equals);
  if (name === "" || name.startsWith("-")) return undefined;
  return { name, attached: equals < 0 ? undefined : word.slice(equals + 1) };
}

/** Of a flag given more than once the last value counts, unless it may be repeated. */
export function parseArgs(argv: readonly string[], known: readonly Flag[], stopEarly: boolean): CommandLine {
  const flags: Record<string, string | true> = {};
  const lists: Record<string, string[]> = {};
  const args: string[] = [];
  let help = false;
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    const given = word === "--" ? undefined : flagWord(word);
    if (given === undefined) {
      if (stopEarly || word === "--") {
        args.push(...argv.slice(word === "--" ? at + 1 : at));
        break;
      }
      args.push(word);
      continue;
    }
    const { name, attached } = given;
    if (name === "help" || name === "h") {
      help = true;
      continue;
    }
    const flag = known.find((candidate) => candidate.name === name || candidate.short === name);
    if (flag === undefined) throw new UsageError(`flag provided but not defined: -${name}`);
    if (flag.value === undefined) {
      if (parseBool(attached ?? "true", `-${name}`)) flags[flag.name] = true;
      else delete flags[flag.name];
      continue;
    }
    const value = attached ?? argv[++at];
    if (value === undefined) throw new UsageError(`flag needs an argument: -${name}`);
    if (flag.repeat === true) (lists[flag.name] ??= []).push(value);
    else flags[flag.name] = value;
  }
  return { flags, ...(Object.keys(lists).length > 0 && { lists }), args, help };
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
