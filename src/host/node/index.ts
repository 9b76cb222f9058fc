// `tsrunc:host` under Node.
import { printer } from "../native.js";
import type { Host } from "../port.js";
import { readLaunch } from "./launch.js";
import { loadNative } from "./native.js";
import { rehearsing } from "./rehearsal.js";

const { record, env } = readLaunch();
const { native, exit } = loadNative(record);

/** Set by boot.ts when the build makes the code cache. */
declare const globalThis: { tsruncBeforeExit?: () => void };

function end(code: number): never {
  globalThis.tsruncBeforeExit?.();
  return exit(code);
}

/** Not process.stdout, which is asynchronous for pipes and truncates at exit. */
const print = printer(native, end);

const real: Host = {
  argv: process.argv.slice(2),
  env,
  launch: record,
  native,
  stdout: (text) => print(1, text),
  stderr: (text) => print(2, text),
  exit: end,
  start: (main) => void main().then(end),
};

const rehearsed = process.env["TSRUNC_REHEARSE"];
export const host: Host = rehearsed === undefined ? real : rehearsing(real, rehearsed);
