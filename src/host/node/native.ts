// The addon, as the port wants it: addon/node/main.cc checks arguments and converts, here its failures become SysError.
import { dlopen } from "node:process";
import { errnoName, errnoText } from "../../errors/errno.js";
import { SysError, TsruncError } from "../../errors/errors.js";
import type { ForegroundRequest, HookRequest, LaunchRecord, Native } from "../port.js";

/** Where tsrunc.node is: the bundler puts the bundle's own directory here, or for tests the build directory. */
declare const __TSRUNC_DIRECTORY__: string;

type MakeError = (call: string, errno: number, object: string) => Error;

/** What the addon has beyond the port. */
interface Addon extends Omit<Native, "runHook" | "foreground" | "catchSignals"> {
  runHook(request: HookRequest & { readonly launch: LaunchRecord }): ReturnType<Native["runHook"]>;
  foreground(request: Required<ForegroundRequest> & { readonly ignored: readonly number[] }): ReturnType<Native["foreground"]>;
  catchSignals(ignored: readonly number[]): void;
  exit(code: number): never;
}

function load(): Addon {
  const module = { exports: {} as { load(makeError: MakeError): Addon } };
  // Not require(): the path is known, so there is nothing to resolve.
  dlopen(module, `${__TSRUNC_DIRECTORY__}/tsrunc.node`);
  return module.exports.load((call, errno, object) =>
    // errno 0: no call failed, the core refuses what it was asked, and `call` says why.
    errno === 0 ? new TsruncError(call, { object }) : new SysError(call, errno, errnoName(errno), errnoText(errno), object),
  );
}

export interface NodeNative {
  readonly native: Native;
  /** _exit(2): nothing of Node's teardown. */
  exit(code: number): never;
}

/** `launch`: a hook and a container get limits and signals as the runtime's caller had them. */
export function loadNative(launch: LaunchRecord): NodeNative {
  const addon = load();
  const native: Native = Object.assign(Object.create(null) as object, addon, {
    runHook: (request: HookRequest) => addon.runHook({ ...request, launch }),
    catchSignals: () => addon.catchSignals(launch.ignored),
    foreground: (request: ForegroundRequest) => addon.foreground({ notify: -1, notifyHost: -1, ...request, ignored: launch.ignored }),
  });
  return { native, exit: addon.exit };
}
