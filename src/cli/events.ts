import { TsruncError } from "../errors/errors.js";
import { type ContainerEvent, containerStats, followEvents } from "../runtime/events.js";
import { stringifyJson } from "../spec/json.js";
import { arg, type Command, given, text } from "./command.js";
import { parseDuration } from "./duration.js";

export const command: Command = {
  name: "events",
  summary: "print statistics of the container, and when it runs out of memory, as JSON lines",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [
    { name: "interval", value: "DURATION", help: "time between two statistics, such as 500ms or 1m (default: 5s)" },
    { name: "stats", help: "print the statistics once, then exit" },
  ],
  run(context, parsed) {
    const id = arg(parsed, 0);
    const interval = parseDuration("interval", text(parsed, "interval") ?? "5s");
    if (interval <= 0) throw new TsruncError("duration interval must be greater than 0");
    const print = (event: ContainerEvent): void => context.host.stdout(`${stringifyJson(event)}\n`);
    if (given(parsed, "stats")) print(containerStats(context, id));
    else followEvents(context, id, interval, print);
    return 0;
  },
};
