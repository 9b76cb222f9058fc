import { featuresDocument } from "../runtime/features.js";
import { stringifyJson } from "../spec/json.js";
import type { Command } from "./command.js";

export const command: Command = {
  name: "features",
  summary: "print what this runtime recognises, as JSON",
  args: "",
  min: 0,
  max: 0,
  flags: [],
  run(context) {
    context.host.stdout(`${stringifyJson(featuresDocument(context.native), 2)}\n`);
    return 0;
  },
};
