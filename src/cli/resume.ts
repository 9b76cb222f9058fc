import { resumeContainer } from "../runtime/pause.js";
import { arg, type Command } from "./command.js";

export const command: Command = {
  name: "resume",
  summary: "let a paused container go on",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [],
  run(context, parsed) {
    resumeContainer(context, arg(parsed, 0));
    return 0;
  },
};
