import { deleteContainer } from "../runtime/delete.js";
import { arg, type Command, given } from "./command.js";

export const command: Command = {
  name: "delete",
  summary: "remove what is left of a container that has stopped",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [{ name: "force", short: "f", help: "kill it first if it still runs; a missing container is no error" }],
  run(context, parsed) {
    deleteContainer(context, arg(parsed, 0), given(parsed, "force"));
    return 0;
  },
};
