// commander's part: storing parsed flags, and printing help. Only the called command is registered, as registering costs milliseconds.
import { Command as Commander, Option } from "commander";
import type { Command, Flag, Parsed } from "./command.js";

function addFlags(target: Commander, flags: readonly Flag[]): Commander {
  for (const flag of flags) {
    const value = flag.value === undefined ? "" : ` <${flag.value}>`;
    const option = new Option(`${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${value}`, flag.help);
    if (flag.repeat === true) option.argParser((text: string, before: readonly string[] = []) => [...before, text]);
    target.addOption(flag.hidden ? option.hideHelp() : option);
  }
  return target;
}

/** `--no-pivot` is a flag of its own for runc: commander would store it as "pivot = false". */
function readFlags(target: Commander, flags: readonly Flag[]): Record<string, string | true> {
  const values = target.opts<Record<string, string | boolean | readonly string[]>>();
  const read: Record<string, string | true> = {};
  for (const flag of flags) {
    const option = target.options.find((candidate) => candidate.long === `--${flag.name}`);
    if (option === undefined) continue;
    const value = values[option.attributeName()];
    if (option.negate ? value === false : value === true) read[flag.name] = true;
    else if (typeof value === "string") read[flag.name] = value;
  }
  return read;
}

/** Those that were given. */
function readLists(target: Commander, flags: readonly Flag[]): { lists?: Record<string, readonly string[]> } {
  const values = target.opts<Record<string, readonly string[] | undefined>>();
  const repeated = new Set(flags.filter(({ repeat }) => repeat === true).map(({ name }) => `--${name}`));
  const lists = target.options.flatMap((option) => {
    const list = repeated.has(option.long ?? "") ? values[option.attributeName()] : undefined;
    return list === undefined ? [] : [[option.name(), list] as const];
  });
  return lists.length === 0 ? {} : { lists: Object.fromEntries(lists) };
}

/** `options` as src/cli/argv.ts leaves them. */
export function parseFlags(name: string, flags: readonly Flag[], options: readonly string[], args: readonly string[]): Parsed {
  if (options.length === 0) return { flags: {}, args };
  const target = addFlags(new Commander(name), flags).helpOption(false).exitOverride();
  target.parse([...options], { from: "user" });
  return { flags: readFlags(target, flags), ...readLists(target, flags), args };
}

function describe(command: Command): Commander {
  const target = addFlags(new Commander(command.name), command.flags);
  return target.description(command.summary).usage(`[options] ${command.args}`.trim());
}

export function commandHelp(command: Command): string {
  const target = describe(command);
  return target
    .usage(`${target.usage()}`)
    .helpInformation()
    .replace(/^Usage: /, "Usage: tsrunc ");
}

export function programHelp(all: readonly Command[], globalFlags: readonly Flag[]): string {
  const program = addFlags(new Commander("tsrunc"), globalFlags);
  program
    .description("An OCI runtime: runs containers from bundles, as runc does.")
    .usage("[global options] command [options] [arguments]");
  for (const command of all) program.addCommand(describe(command));
  return program.helpInformation();
}
