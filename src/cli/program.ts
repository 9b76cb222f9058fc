// commander's part: the help. Loaded only for it: registering a command costs milliseconds, and the syntax is not commander's (argv.ts).
import { Command as Commander, Option } from "commander";
import type { Command, Flag } from "./command.js";

function addFlags(target: Commander, flags: readonly Flag[]): Commander {
  for (const flag of flags) {
    const value = flag.value === undefined ? "" : ` <${flag.value}>`;
    const option = new Option(`${flag.short === undefined ? "" : `-${flag.short}, `}--${flag.name}${value}`, flag.help);
    target.addOption(flag.hidden ? option.hideHelp() : option);
  }
  return target;
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
