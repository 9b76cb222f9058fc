// Descriptors that the container inherits: those of LISTEN_FDS (sd_listen_fds(3)), then those of --preserve-fds.
import { TsruncError } from "../errors/errors.js";
import type { Host } from "../host/port.js";

const FIRST = 3;

/** LISTEN_FDS is meant for us only when LISTEN_PID says so; a shell between would inherit both variables. */
export function listenFds(host: Host): number {
  const { env, native } = host;
  if (env["LISTEN_PID"] !== String(native.getpid())) return 0;
  const count = Number(env["LISTEN_FDS"] ?? 0);
  return Number.isInteger(count) && count > 0 ? count : 0;
}

/**
 * Descriptors 3 and up that become 3 and up of the container. Each must have been open when we were called: by now, Node has opened
 * others, and one of those in its place would hand the container something of ours.
 */
export function preservedFds(host: Host, preserve: number, listen = listenFds(host)): number[] {
  if (listen + preserve === 0) return [];
  const fds = Array.from({ length: listen + preserve }, (_, index) => FIRST + index);
  const open = new Set(host.launch.inheritedFds);
  for (const fd of fds) {
    if (open.has(fd)) continue;
    if (fd < FIRST + listen) throw new TsruncError(`LISTEN_FDS: descriptor ${fd} (of ${listen}) is not open`);
    throw new TsruncError(`unable to stat preserved-fd ${fd} (of ${preserve}): stat /proc/self/fd/${fd}: no such file or directory`);
  }
  return fds;
}
