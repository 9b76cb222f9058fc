import { planBundle } from "../runtime/plan.js";
import { bundleFlags, createOptions } from "./bundle-flags.js";
import { type Command, given, text } from "./command.js";

export const command: Command = {
  name: "plan",
  summary: "print what `create` would do for a bundle, step by step, and do nothing",
  args: "[container-id]",
  min: 0,
  max: 1,
  flags: [...bundleFlags, { name: "json", help: "print the plan as JSON" }],
  run(context, parsed) {
    // As `run` would do it, unless the flags can only be for `create`.
    const options = createOptions(parsed, text(parsed, "console-socket") !== undefined);
    const rendered = planBundle(context, { ...options, id: options.id || "plan" }, given(parsed, "json"));
    context.host.stdout(rendered.endsWith("\n") ? rendered : `${rendered}\n`);
    return 0;
  },
};
