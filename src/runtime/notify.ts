// What the program says with sd_notify(3) is passed on to whoever waits for us: READY=1, then MAINPID and BARRIER, as systemd wants them.
import { SysError } from "../errors/errors.js";
import { exists, isErrno, removeFile } from "../store/files.js";
import type { Context } from "./context.js";
import { isAlive } from "./proc.js";

/** Descriptors of two datagram sockets. */
export interface Notify {
  /** Bound where the container finds it. */
  readonly inside: number;
  /** Connected to the host's NOTIFY_SOCKET. */
  readonly host: number;
}

const LOOK_MS = 100;
/** As sd_notify_barrier(3) of runc: longer than systemd ever takes. */
const BARRIER_MS = 30_000;

/** The host's socket: a path, or `@name` for an abstract one. Empty is as if unset. */
export function hostNotifySocket({ host }: Pick<Context, "host">): string | undefined {
  const path = host.env["NOTIFY_SOCKET"] ?? "";
  return path === "" ? undefined : path;
}

/** undefined: nobody wants to know, or the container was created without. Before its program runs. */
export function openNotify(context: Context, stateDir: string): Notify | undefined {
  const { native } = context;
  const path = hostNotifySocket(context);
  if (path === undefined || !exists(native, `${stateDir}/notify`)) return undefined;
  const host = native.connectDatagram(path);
  const socket = `${stateDir}/notify/notify.sock`;
  // Of a `start` that was killed.
  removeFile(native, socket);
  return { host, inside: native.bindDatagram(socket, 0o777) };
}

/** Until READY=1 has been passed on, or the container has ended. */
export function relayUntilReady(context: Context, { inside, host }: Notify, pid: number, startTime: string): void {
  const { native } = context;
  try {
    while (isAlive(native, pid, startTime)) {
      const text = receive(context, inside);
      const lines = text.split("\n").filter(mayPass);
      if (lines.length === 0) continue;
      native.send(host, [new TextEncoder().encode(`${lines.join("\n")}\n`)], []);
      if (!lines.some((line) => line.startsWith("READY="))) continue;
      native.send(host, [new TextEncoder().encode(`MAINPID=${pid}\n`)], []);
      barrier(context, host);
      return;
    }
  } catch (error) {
    // The container runs all the same; who waits for READY will say so.
    if (!(error instanceof SysError)) throw error;
    context.log.debug(`NOTIFY_SOCKET: ${error.message}`);
  } finally {
    native.close(inside);
    native.close(host);
  }
}

/** What the container says of pids and descriptors means nothing outside, and who else may speak for the engine's unit is not its to say. */
function mayPass(line: string): boolean {
  return line !== "" && !/^(MAINPID|MAINPIDFD|MAINPIDFDID|BARRIER|FDSTORE|FDSTOREREMOVE|FDNAME|FDPOLL|NOTIFYACCESS)(=|$)/.test(line);
}

function receive({ native }: Context, fd: number): string {
  try {
    const message = native.receive(fd, LOOK_MS);
    for (const stray of message?.fds ?? []) native.close(stray);
    return new TextDecoder().decode(message?.data ?? new Uint8Array());
  } catch (error) {
    if (isErrno(error, "ETIMEDOUT", "EMSGSIZE")) return "";
    throw error;
  }
}

/** systemd closes the descriptor when it has read all that was sent before: only then may we, whom it knows, end. */
function barrier({ native }: Context, host: number): void {
  const [ours, theirs] = native.socketpair();
  try {
    try {
      native.send(host, [new TextEncoder().encode("BARRIER=1")], [theirs]);
    } finally {
      native.close(theirs);
    }
    native.receive(ours, BARRIER_MS);
  } catch (error) {
    if (!isErrno(error, "ETIMEDOUT")) throw error;
  } finally {
    native.close(ours);
  }
}
