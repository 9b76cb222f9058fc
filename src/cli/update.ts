import { TsruncError } from "../errors/errors.js";
import { updateContainer } from "../runtime/update.js";
import { arg, type Command, text } from "./command.js";
import { limitFlags, resourcesOfFlags } from "./update-flags.js";

const rdt = ["l3-cache-schema", "mem-bw-schema"];

export const command: Command = {
  name: "update",
  summary: "change the limits of a container",
  args: "<container-id>",
  min: 1,
  max: 1,
  flags: [
    {
      name: "resources",
      short: "r",
      value: "FILE",
      help: "read linux.resources as JSON from FILE, or from stdin (-); limits given as flags are ignored",
    },
    ...limitFlags,
    { name: "l3-cache-schema", value: "SCHEMA", help: "not supported", hidden: true },
    { name: "mem-bw-schema", value: "SCHEMA", help: "not supported", hidden: true },
  ],
  run(context, parsed) {
    const refused = rdt.find((name) => (text(parsed, name) ?? "") !== "");
    if (refused !== undefined) throw new TsruncError(`--${refused} is not supported by this version of tsrunc (Intel RDT)`);
    const file = text(parsed, "resources") ?? "";
    updateContainer(context, arg(parsed, 0), file === "" ? { flags: resourcesOfFlags(parsed) } : { file });
    return 0;
  },
};
