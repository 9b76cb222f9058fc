// Of `process`, what commander and debug use: where they would write and how wide that is, the platform, the variables that switch colours.
import { port } from "../port.js";

let variables: Record<string, string> | undefined;

/** Both take help and traces through functions of ours; nothing is written here. */
const stream = (fd: number) => ({ fd, isTTY: false, write: () => true });

export const process = {
  platform: "linux",
  argv: ["tsrunc", "tsrunc"] as readonly string[],
  execArgv: [] as readonly string[],
  versions: {},
  stdout: stream(1),
  stderr: stream(2),
  get env(): Record<string, string> {
    if (variables === undefined) {
      variables = Object.create(null) as Record<string, string>;
      port.environment(variables);
    }
    return variables;
  },
};
