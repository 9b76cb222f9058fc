import { addMounts, removeMounts } from "../runtime/mounts.js";
import { UsageError } from "./argv.js";
import { arg, type Command } from "./command.js";

export const command: Command = {
  name: "mounts",
  summary: "add mounts to a container that runs, or remove those that were added",
  args: "add|remove <container-id> <file>",
  min: 3,
  max: 3,
  flags: [],
  run(context, parsed) {
    const [action, id, file] = [arg(parsed, 0), arg(parsed, 1), arg(parsed, 2)];
    if (action === "add") addMounts(context, id, file);
    else if (action === "remove") removeMounts(context, id, file);
    else throw new UsageError(`unknown command ${action}: "mounts" knows add and remove`);
    return 0;
  },
};
