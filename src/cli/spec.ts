import { writeSpec } from "../runtime/spec.js";
import { type Command, given, text } from "./command.js";

export const command: Command = {
  name: "spec",
  summary: "write a config.json to start from",
  args: "",
  min: 0,
  max: 0,
  flags: [
    { name: "bundle", short: "b", value: "DIR", help: "directory to write it to (default: the current one)" },
    { name: "rootless", help: "for a container that a user without privileges runs" },
  ],
  run(context, parsed) {
    writeSpec(context, text(parsed, "bundle"), given(parsed, "rootless"));
    return 0;
  },
};
