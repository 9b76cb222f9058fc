// From argv to an exit code: global flags, then one command. Every failure becomes one line and one log record here.
import { bugStack, exitCodeOf, formatError } from "../errors/format.js";
import { TsruncError } from "../errors/errors.js";
import type { Host, Native } from "../host/port.js";
import { Log } from "../log/log.js";
import type { Timeline } from "../log/timeline.js";
import { loadTrace, type Trace } from "../log/trace.js";
import type { Context } from "../runtime/context.js";
import { inUserNamespace } from "../runtime/proc.js";
import { isErrno } from "../store/files.js";
import { NO_CWD } from "../store/paths.js";
import { stateRoot } from "../store/root.js";
import { checkCount, type CommandLine, parseArgs, UsageError } from "./argv.js";
import type { Command } from "./command.js";
import { globalFlags, type Globals, parseGlobals } from "./globals.js";
import { commands } from "./table.js";

/** urfave/cli exits with 3 when it does not know a command. */
const UNKNOWN_COMMAND = 3;

/** Where a failure goes: known as soon as the global flags are. */
interface Sink {
  log: Log;
  timeline?: Timeline;
}

export async function runCli(host: Host): Promise<number> {
  const stderr = (text: string): void => host.stderr(text);
  const sink: Sink = { log: new Log(host.native, stderr, { path: undefined, format: "text", debug: false }) };
  try {
    return await dispatch(host, sink);
  } catch (error) {
    const stack = bugStack(error);
    if (stack !== undefined) sink.log.debug(stack);
    sink.log.fatal(formatError(error));
    return exitCodeOf(error);
  } finally {
    if (sink.timeline !== undefined) writeTimeline(sink.timeline, sink.log);
  }
}

/** The command has done what it was to do, or has said why not: that nobody sees when does not change it. */
function writeTimeline(timeline: Timeline, log: Log): void {
  try {
    timeline.write();
  } catch (error) {
    log.warn(`--trace: ${formatError(error)}`);
  }
}

async function dispatch(host: Host, sink: Sink): Promise<number> {
  const line = parseArgs(host.argv, globalFlags, true);
  const globals = parseGlobals(line);
  const stderr = (text: string): void => host.stderr(text);
  if (globals.log !== undefined || globals.logFormat !== "text" || globals.debug) {
    sink.log = new Log(host.native, stderr, { path: globals.log, format: globals.logFormat, debug: globals.debug });
  }
  if (globals.version) return printVersion(host);
  const [name, ...args] = line.args;
  if (line.help || name === undefined || name === "help" || name === "h") return printHelp(host, name === undefined ? undefined : args[0]);
  if (globals.trace !== undefined) {
    const { Timeline } = await import("../log/timeline.js");
    sink.timeline = new Timeline(host.native, globals.trace, name);
  }
  const command = await loadCommand(name);
  return runCommand(host, command, args, globals, sink);
}

async function loadCommand(name: string): Promise<Command> {
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load === undefined) throw new TsruncError(`No help topic for '${name}'`, { exitCode: UNKNOWN_COMMAND });
  return (await load()).command;
}

async function runCommand(host: Host, command: Command, args: readonly string[], globals: Globals, sink: Sink): Promise<number> {
  const from = sink.timeline?.now();
  let line: CommandLine;
  try {
    line = parseArgs(args, command.flags, command.stopEarly === true);
    if (line.help) {
      host.stdout(await helpOf(command));
      return 0;
    }
    checkCount(command, line.args.length);
  } catch (error) {
    if (error instanceof UsageError) host.stdout(`Incorrect Usage: ${error.message}\n\n${await helpOf(command)}`);
    throw error;
  }
  const context = await makeContext(host, globals, sink);
  sink.timeline?.phase("arguments", from);
  return command.run(context, line);
}

async function helpOf(command: Command): Promise<string> {
  const { commandHelp } = await import("./program.js");
  return commandHelp(command);
}

async function makeContext(host: Host, globals: Globals, sink: Sink): Promise<Context> {
  const cwd = workingDirectory(host.native);
  return {
    host,
    native: host.native,
    log: sink.log,
    trace: await traceTo(host, sink.log),
    ...(sink.timeline === undefined ? {} : { timeline: sink.timeline }),
    root: stateRoot(host, globals.root, cwd, inUserNamespace),
    cwd,
    systemdCgroup: globals.systemdCgroup,
  };
}

function workingDirectory(native: Native): string {
  try {
    return native.getcwd();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return NO_CWD;
    throw error;
  }
}

/** With --debug what is traced is in the log too. */
async function traceTo(host: Host, log: Log): Promise<Trace> {
  const trace = await loadTrace(host);
  if (!log.debugging) return trace;
  return (area, line) => {
    trace(area, line);
    log.debug(`${area}: ${line}`);
  };
}

async function printVersion(host: Host): Promise<number> {
  const { versionText } = await import("../runtime/version.js");
  host.stdout(versionText(host));
  return 0;
}

async function printHelp(host: Host, topic: string | undefined): Promise<number> {
  if (topic !== undefined) {
    host.stdout(await helpOf(await loadCommand(topic)));
    return 0;
  }
  const { programHelp } = await import("./program.js");
  const all = await Promise.all(Object.values(commands).map(async (load) => (await load()).command));
  host.stdout(programHelp(all, globalFlags));
  return 0;
}
