import { killContainer } from "../runtime/kill.js";
import { arg, type Command, given } from "./command.js";

export const command: Command = {
  name: "kill",
  summary: "send a signal (default: SIGTERM) to the container's init",
  args: "<container-id> [signal]",
  min: 1,
  max: 2,
  stopEarly: true,
  flags: [{ name: "all", short: "a", help: "send it to all processes of the container", hidden: true }],
  run(context, parsed) {
    killContainer(context, arg(parsed, 0), parsed.args[1] ?? "SIGTERM", given(parsed, "all"));
    return 0;
  },
};
