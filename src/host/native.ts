// The functions of addon/core, as the port wants them: the binding (addon/node, addon/quickjs) checks arguments and converts, here its failures
// become SysError.
import { errnoName, errnoText } from "../errors/errno.js";
import { SysError, TsruncError } from "../errors/errors.js";
import type { ForegroundRequest, HookRequest, LaunchRecord, Native, SpawnRequest } from "./port.js";

export type MakeError = (call: string, errno: number, object: string) => Error;

/** errno 0: no call failed, the core refuses what it was asked, and `call` says why. */
export const makeError: MakeError = (call, errno, object) =>
  errno === 0 ? new TsruncError(call, { object }) : new SysError(call, errno, errnoName(errno), errnoText(errno), object);

/** What the core has beyond the port. */
export interface Addon extends Omit<Native, "runHook" | "foreground" | "catchSignals"> {
  runHook(request: HookRequest & { readonly launch: LaunchRecord }): ReturnType<Native["runHook"]>;
  foreground(request: Required<ForegroundRequest> & { readonly ignored: readonly number[] }): ReturnType<Native["foreground"]>;
  catchSignals(ignored: readonly number[]): void;
  exit(code: number): never;
}

/** `launch`: a hook and a container get limits and signals as the runtime's caller had them. */
export function nativeOf(addon: Addon, launch: () => LaunchRecord): Native {
  return Object.assign(Object.create(null) as object, addon, {
    spawnInit: (request: SpawnRequest) => addon.spawnInit({ flags: 0, unshare: 0, cgroup: -1, init: false, ...request }),
    runHook: (request: HookRequest) => addon.runHook({ ...request, launch: launch() }),
    catchSignals: () => addon.catchSignals(launch().ignored),
    foreground: (request: ForegroundRequest) => addon.foreground({ notify: -1, notifyHost: -1, ...request, ignored: launch().ignored }),
  });
}

/** host.stdout and host.stderr: complete and in order, whatever the descriptor is. */
export function printer(native: Native, end: (code: number) => never): (fd: number, text: string) => void {
  return (fd, text) => {
    try {
      native.write(fd, text);
    } catch (error) {
      // Nobody reads any more (`tsrunc list | head -1`): end as quietly as SIGPIPE would have, but by choice (survey 6.1 #15).
      if (error instanceof SysError && error.code === "EPIPE") end(0);
      throw error;
    }
  };
}
