// `tsrunc:host` under Node.
import { SysError } from "../../errors/errors.js";
import type { Host } from "../port.js";
import { readLaunch } from "./launch.js";
import { loadNative } from "./native.js";

const { record, env } = readLaunch();
const { native, exit } = loadNative(record);

/** Set by boot.ts when the build makes the code cache. */
declare const globalThis: { tsruncBeforeExit?: () => void };

function end(code: number): never {
  globalThis.tsruncBeforeExit?.();
  return exit(code);
}

/** Complete and in order, whatever the descriptor is (process.stdout is asynchronous for pipes and truncates at exit). */
function print(fd: number, text: string): void {
  try {
    native.write(fd, text);
  } catch (error) {
    // Nobody reads any more (`tsrunc list | head -1`): end as quietly as SIGPIPE would have, but by choice (survey 6.1 #15).
    if (error instanceof SysError && error.code === "EPIPE") end(0);
    throw error;
  }
}

export const host: Host = {
  argv: process.argv.slice(2),
  env,
  launch: record,
  native,
  stdout: (text) => print(1, text),
  stderr: (text) => print(2, text),
  exit: end,
};
