import { createContainer } from "../runtime/create.js";
import { bundleFlags, createOptions } from "./bundle-flags.js";
import type { Command } from "./command.js";

export const command: Command = {
  name: "create",
  summary: "make a container from a bundle; its program waits for `start`",
  args: "<container-id>",
  min: 1,
  max: 1,
  // go-runc may send --detach: a created container always is.
  flags: [...bundleFlags, { name: "detach", short: "d", help: "accepted, without effect", hidden: true }],
  run(context, parsed) {
    createContainer(context, createOptions(parsed, true));
    return 0;
  },
};
