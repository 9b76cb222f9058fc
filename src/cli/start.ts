import { startContainer } from "../runtime/start.js";
import { arg, type Command } from "./command.js";

export const command: Command = {
  name: "start",
  summary: "run the program of a created container",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [],
  run(context, parsed) {
    startContainer(context, arg(parsed, 0));
    return 0;
  },
};
