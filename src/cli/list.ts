import { TsruncError } from "../errors/errors.js";
import { listContainerIds, listContainers } from "../runtime/list.js";
import { stringifyJson } from "../spec/json.js";
import { type Command, given, text } from "./command.js";
import { table } from "./table-text.js";

const header = ["ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER"];

export const command: Command = {
  name: "list",
  summary: "list the containers of this root",
  args: "",
  min: 0,
  max: 0,
  flags: [
    { name: "format", short: "f", value: "FORMAT", help: "table or json (default: table)" },
    { name: "quiet", short: "q", help: "print ids only" },
  ],
  run(context, parsed) {
    const format = text(parsed, "format") ?? "table";
    if (format !== "table" && format !== "json") throw new TsruncError("invalid format option");
    const { stdout } = context.host;
    if (given(parsed, "quiet")) {
      stdout(
        listContainerIds(context)
          .map((id) => `${id}\n`)
          .join(""),
      );
      return 0;
    }
    const list = listContainers(context);
    // runc prints a nil slice of Go: null (survey 3.7).
    if (format === "json") stdout(`${list.length === 0 ? "null" : stringifyJson(list)}\n`);
    else stdout(table([header, ...list.map((item) => [item.id, String(item.pid), item.status, item.bundle, item.created, item.owner])]));
    return 0;
  },
};
