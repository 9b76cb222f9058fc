import { pauseContainer } from "../runtime/pause.js";
import { arg, type Command } from "./command.js";

export const command: Command = {
  name: "pause",
  summary: "stop all processes of the container where they are",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [],
  run(context, parsed) {
    pauseContainer(context, arg(parsed, 0));
    return 0;
  },
};
