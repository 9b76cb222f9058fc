// Standard input and output of a program that we wait for: pipes, or a terminal whose master comes back to us.
import { TsruncError } from "../errors/errors.js";
import { errnoName, errnoText } from "../errors/errno.js";
import type { Native, WaitStatus } from "../host/port.js";
import type { Config } from "../spec/config.js";
import { hostId } from "../spec/id-map.js";
import { giveUp } from "../store/files.js";
import type { Context } from "./context.js";

/** Descriptors that become the program's 0, 1 and 2. */
export type Stdio = readonly [number, number, number];

export interface Streams {
  /** What the program gets. */
  readonly theirs: Stdio;
  /** Our ends, -1 with a terminal. */
  readonly ours: Stdio;
}

/** Ours as they are: what a terminal needs before it replaces them, and a program that outlives us. */
export const inherited: Streams = { theirs: [0, 1, 2], ours: [-1, -1, -1] };

/** How long the terminal may take: it has been sent by the time that we look for it. */
const CONSOLE_MS = 10_000;

/**
 * Pipes, so that the container can own and reopen its /dev/stdin and the like, whatever ours are. They belong to the container's root:
 * in a user namespace init could not give away what it does not own.
 */
export function makePipes(native: Native, config: Config): Streams {
  const [stdin, toStdin] = native.pipe();
  const [fromStdout, stdout] = native.pipe();
  const [fromStderr, stderr] = native.pipe();
  const theirs: Stdio = [stdin, stdout, stderr];
  const uid = hostId(config.linux?.uidMappings, 0);
  const gid = hostId(config.linux?.gidMappings, 0);
  // Without root they stay ours: the container can use them, but not open them anew by /dev/stdout.
  if (uid !== undefined && gid !== undefined && native.geteuid() === 0) {
    for (const fd of theirs) native.chown(`/proc/self/fd/${fd}`, uid, gid);
  }
  return { theirs, ours: [toStdin, fromStdout, fromStderr] };
}

/** The exit code is the program's, which may have noticed nothing (a full disk behind our stdout). */
export function warnOfLostOutput({ log }: Context, { lost }: WaitStatus): void {
  if (lost !== 0) log.warn(`some of the program's output is lost: write: ${errnoName(lost)} (${errnoText(lost)})`);
}

/** Our copies of the program's ends: with them open, its output would never end. */
export function closeTheirs(native: Native, streams: Streams): void {
  for (const fd of streams.theirs) if (fd > 2) giveUp(native, fd);
}

/** The terminal's master from the other end of `console`, which is closed; it is ready for the program to write. */
export function receiveMaster(native: Native, console: number): number {
  const message = native.receive(console, CONSOLE_MS);
  const master = message?.fds[0];
  if (master === undefined) throw new TsruncError("container init sent no terminal");
  native.close(console);
  native.prepareTerminal(master);
  return master;
}
