import { runContainer } from "../runtime/run.js";
import { bundleFlags, createOptions } from "./bundle-flags.js";
import { type Command, given } from "./command.js";

export const command: Command = {
  name: "run",
  summary: "create and start a container; wait for its end unless --detach",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [
    ...bundleFlags,
    { name: "detach", short: "d", help: "return once the program runs" },
    { name: "keep", help: "do not delete the container after its program has ended" },
    { name: "no-subreaper", help: "do not adopt processes that the container's init leaves behind" },
  ],
  run(context, parsed) {
    const options = createOptions(parsed, given(parsed, "detach"));
    return runContainer(context, options, { keep: given(parsed, "keep"), subreaper: !given(parsed, "no-subreaper") });
  },
};
