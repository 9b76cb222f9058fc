// The addon of Node.
import { dlopen } from "node:process";
import { type Addon, type MakeError, makeError, nativeOf } from "../native.js";
import type { LaunchRecord, Native } from "../port.js";

/** Where tsrunc.node is: the bundler puts the bundle's own directory here, or for tests the build directory. */
declare const __TSRUNC_DIRECTORY__: string;

function load(): Addon {
  const module = { exports: {} as { load(makeError: MakeError): Addon } };
  // Not require(): the path is known, so there is nothing to resolve.
  dlopen(module, `${__TSRUNC_DIRECTORY__}/tsrunc.node`);
  return module.exports.load(makeError);
}

export interface NodeNative {
  readonly native: Native;
  /** _exit(2): nothing of Node's teardown. */
  exit(code: number): never;
}

export function loadNative(launch: LaunchRecord): NodeNative {
  const addon = load();
  return { native: nativeOf(addon, () => launch), exit: addon.exit };
}
