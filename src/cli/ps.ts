import { containerProcesses, processTable } from "../runtime/ps.js";
import { TsruncError } from "../errors/errors.js";
import { arg, type Command, text } from "./command.js";

export const command: Command = {
  name: "ps",
  summary: "list the processes of the container",
  args: "<container-id> [ps options]",
  min: 1,
  max: Number.MAX_SAFE_INTEGER,
  stopEarly: true,
  flags: [{ name: "format", short: "f", value: "FORMAT", help: "table or json (default: table)" }],
  run(context, parsed) {
    const format = text(parsed, "format") ?? "table";
    if (format !== "table" && format !== "json") throw new TsruncError("invalid format option");
    const pids = containerProcesses(context, arg(parsed, 0));
    const { stdout } = context.host;
    // runc prints a nil slice of Go: null.
    if (format === "json") stdout(`${pids.length === 0 ? "null" : JSON.stringify(pids)}\n`);
    else stdout(processTable(context, pids, parsed.args.slice(1)));
    return 0;
  },
};
