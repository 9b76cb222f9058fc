// The flags that create and run share (survey 1.3).
import type { CreateOptions } from "../runtime/create.js";
import { parseCount } from "./argv.js";
import { arg, type Flag, given, type Parsed, text } from "./command.js";

export const bundleFlags: readonly Flag[] = [
  { name: "bundle", short: "b", value: "DIR", help: "directory of config.json (default: the current one)" },
  { name: "console-socket", value: "PATH", help: "AF_UNIX socket that receives the terminal's master" },
  { name: "pidfd-socket", value: "PATH", help: "AF_UNIX socket that receives a pidfd of the container's init" },
  { name: "pid-file", value: "PATH", help: "write the pid of the container's init to PATH" },
  { name: "no-pivot", help: "move the root filesystem to / instead of pivot_root: for initramfs hosts only, it is less safe" },
  { name: "no-new-keyring", help: "keep the caller's session keyring" },
  { name: "preserve-fds", value: "N", help: "pass N more descriptors (3 and up, after those of LISTEN_FDS)" },
];

export function createOptions(parsed: Parsed, detach: boolean): CreateOptions {
  return {
    id: arg(parsed, 0),
    bundle: text(parsed, "bundle"),
    consoleSocket: text(parsed, "console-socket"),
    pidfdSocket: text(parsed, "pidfd-socket"),
    pidFile: text(parsed, "pid-file"),
    noPivot: given(parsed, "no-pivot"),
    noNewKeyring: given(parsed, "no-new-keyring"),
    preserveFds: parseCount("preserve-fds", text(parsed, "preserve-fds")),
    detach,
  };
}
