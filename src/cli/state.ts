import { containerState } from "../runtime/state.js";
import { arg, type Command } from "./command.js";

export const command: Command = {
  name: "state",
  summary: "print the state of a container as JSON",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [],
  run(context, parsed) {
    context.host.stdout(`${containerState(context, arg(parsed, 0))}\n`);
    return 0;
  },
};
