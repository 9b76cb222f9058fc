import { updateContainer } from "../runtime/update.js";
import { arg, type Command, text } from "./command.js";
import { limitFlags, resourcesOfFlags } from "./update-flags.js";

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
    { name: "l3-cache-schema", value: "SCHEMA", help: "L3 cache (Intel RDT) of the container's resctrl group, such as L3:0=f;1=f" },
    { name: "mem-bw-schema", value: "SCHEMA", help: "memory bandwidth (Intel RDT) of the container's resctrl group, such as MB:0=20;1=70" },
  ],
  run(context, parsed) {
    const file = text(parsed, "resources") ?? "";
    const rdt = { l3CacheSchema: text(parsed, "l3-cache-schema") ?? "", memBwSchema: text(parsed, "mem-bw-schema") ?? "" };
    updateContainer(context, arg(parsed, 0), { ...(file === "" ? { flags: resourcesOfFlags(parsed) } : { file }), rdt });
    return 0;
  },
};
