// The conversation with CRIU (criu(8), RPC): one process, one request, notifications that it waits to have answered.
import {
  cgroupModes,
  decodeResponse,
  encodeRequest,
  requestName,
  type RequestMessage,
  requestTypes,
  type ResponseMessage,
} from "../criu/messages.js";
import type { CriuRequest } from "../criu/request.js";
import { errnoText } from "../errors/errno.js";
import { TsruncError } from "../errors/errors.js";
import type { Message, Native } from "../host/port.js";
import type { Trace } from "../log/trace.js";
import { giveUp, isErrno } from "../store/files.js";
import { lastErrors } from "./criu-log.js";
import { hasEnded } from "./proc.js";

/** 3.0, as 30000: the first with the version request. */
const MIN_VERSION = 30000;
/** How long a CRIU that was left alone may take to restore what it stopped. */
const ABANDON_MS = 10_000;
/** How often we look whether the restored init still is there, and how often in a row it may have gone before CRIU has said how it went. */
const LOOK_MS = 500;
const MOST_LOOKS = 4;

export interface CriuCallbacks {
  /** The master of a restored terminal. Its owner is the callee. */
  readonly master?: (fd: number) => void;
  /** --lazy-pages: the pages can be fetched. */
  readonly ready?: () => void;
}

export class CriuSession {
  readonly #native: Native;
  readonly #trace: Trace;
  readonly #callbacks: CriuCallbacks;
  #socket: number;
  /** Its end: handed on when CRIU is started. */
  #theirs: number;
  #directories: number[] = [];
  #request: CriuRequest | undefined;
  /** A notification was not answered yet. */
  #waiting = false;
  #ended = false;
  /** It waits for a process that is gone, and would not notice the end of the socket either. */
  #stuck = false;
  /** The restored init, once CRIU has told. */
  pid = 0;

  constructor(native: Native, trace: Trace, callbacks: CriuCallbacks) {
    this.#native = native;
    this.#trace = trace;
    this.#callbacks = callbacks;
    [this.#socket, this.#theirs] = native.packetPair();
  }

  /** For stage.spawn. */
  get theirs(): number {
    return this.#theirs;
  }

  /** `pid`: CRIU's own. */
  send(request: CriuRequest, pid: number): void {
    this.#request = request;
    this.#closeTheirs();
    this.#checkVersion();
    if (request.features.length > 0) this.#checkFeatures(request);
    // CRIU finds them in /proc/PID/fd of the socket's maker: us. It mounts in the work directory, hence as its own namespace has them.
    const images = this.#openDirectory(request.images, pid);
    const work = request.work === undefined ? {} : { work_dir_fd: this.#openDirectory(request.work, pid) };
    const roots = request.type === "RESTORE" ? { cg_root: this.#cgroupsOf(pid) } : {};
    this.#send({ type: requestTypes[request.type], opts: { images_dir_fd: images, ...request.opts, ...work, ...roots } });
  }

  until(script: string): void {
    while (!this.#ended) if (this.#next() === script) return;
    throw new TsruncError(`criu has finished without the notification ${script}`);
  }

  /** `pid`: CRIU's own; it is reaped. */
  finish(pid: number): void {
    while (!this.#ended) this.#next();
    // After a pre-dump CRIU would wait for the next request, and takes the end of the socket for a failure.
    this.#closeAll();
    const status = this.#native.waitpid(pid, true);
    if (status === null || status.exitCode === 0 || this.#request?.type === "PRE_DUMP") return;
    throw this.#failure(`exit status ${status.exitCode}`);
  }

  /** Never throws. CRIU undoes what it has done when the socket ends; then the init that it had restored is killed. */
  abandon(pid: number): void {
    this.#closeAll();
    const end = this.#native.now() + (this.#stuck ? 0 : ABANDON_MS);
    while (pid > 0 && this.#native.now() < end && this.#runs(pid)) this.#native.sleepMs(5);
    if (this.pid === 0) return;
    try {
      this.#native.kill(this.pid, 9);
      this.#native.waitpid(this.pid, true);
    } catch {
      // already gone
    }
  }

  #runs(pid: number): boolean {
    try {
      return this.#native.waitpid(pid, false) === null;
    } catch {
      return false;
    }
  }

  #checkVersion(): void {
    const { version } = this.#ask({ type: requestTypes.VERSION, keep_open: true });
    const { major_number: major = 0, minor_number: minor = 0, sublevel = 0 } = version ?? {};
    this.#trace("criu", `version ${major}.${minor}.${sublevel}`);
    const number = major * 10000 + minor * 100 + sublevel;
    if (number < MIN_VERSION) throw new TsruncError(`criu is version ${number}, at least ${MIN_VERSION} is needed`);
  }

  #checkFeatures(request: CriuRequest): void {
    const wanted = Object.fromEntries(request.features.map((name) => [name, true]));
    const { features = {} } = this.#ask({ type: requestTypes.FEATURE_CHECK, keep_open: true, features: wanted });
    const missing = request.features.filter((name) => features[name] === false);
    if (missing.length > 0) throw new TsruncError(`criu is missing features: ${missing.join(" ")}`);
  }

  /** Of what CRIU was put into by cgroup.join: the roots of what it restores (runc has them so). */
  #cgroupsOf(pid: number): { ctrl: string; path: string }[] {
    if (this.#request?.opts.manage_cgroups_mode === cgroupModes.ignore) return [];
    const lines = this.#native.readText(`/proc/${pid}/cgroup`).trimEnd().split("\n");
    return lines.flatMap((line) => {
      const [, controllers = "", ...path] = line.split(":");
      return controllers.split(",").map((ctrl) => ({ ctrl, path: path.join(":") }));
    });
  }

  /** The script of a notification, undefined for the final answer. The notification before is answered first. */
  #next(): string | undefined {
    if (this.#waiting) this.#send({ type: requestTypes.NOTIFY, notify_success: true });
    this.#waiting = false;
    const { response, fds } = this.#receive();
    if (response.type !== requestTypes.NOTIFY) {
      this.#closeFds(fds);
      this.#ended = true;
      if (response.restore !== undefined) this.pid = response.restore.pid;
      return undefined;
    }
    this.#waiting = true;
    const { script = "", pid = 0 } = response.notify ?? {};
    this.#trace("criu", `notification ${script}${pid > 0 ? ` of ${pid}` : ""}`);
    if (pid > 0 && (script === "setup-namespaces" || script === "post-restore")) this.pid = pid;
    this.#notified(script, fds);
    return script;
  }

  #notified(script: string, fds: readonly number[]): void {
    const [master, ...rest] = fds;
    if (script === "orphan-pts-master" && master !== undefined && this.#callbacks.master !== undefined) {
      this.#closeFds(rest);
      this.#callbacks.master(master);
      return;
    }
    this.#closeFds(fds);
    if (script === "status-ready") this.#callbacks.ready?.();
  }

  #ask(request: RequestMessage): ResponseMessage {
    this.#send(request);
    const { response, fds } = this.#receive();
    this.#closeFds(fds);
    return response;
  }

  #send(request: RequestMessage): void {
    this.#native.send(this.#socket, [encodeRequest(request)], []);
  }

  #receive(): { response: ResponseMessage; fds: readonly number[] } {
    const message = this.#awaitMessage();
    if (message === null) throw this.#failure("it ended without an answer");
    const response = decodeResponse(message.data);
    if (response.success) return { response, fds: message.fds };
    this.#closeFds(message.fds);
    const { cr_errno: errno = 0, cr_errmsg: text = "" } = response;
    const reason = errno > 0 ? ` errno ${errno} (${errnoText(errno)})` : "";
    throw this.#failure(`type ${requestName(response.type)}${reason}`, text.trim());
  }

  /** CRIU (4.1) waits for ever for the next step of a process that somebody has killed meanwhile: from post-restore on everybody sees the container. */
  #awaitMessage(): Message | null {
    const wait = this.pid === 0 ? -1 : LOOK_MS;
    for (let looks = 0; looks < MOST_LOOKS;) {
      try {
        return this.#native.receive(this.#socket, wait);
      } catch (error) {
        if (!isErrno(error, "ETIMEDOUT")) throw error;
      }
      if (hasEnded(this.#native, this.pid)) looks++;
    }
    this.#stuck = true;
    throw this.#failure("the container's init was killed before it was restored");
  }

  /** `text`: what CRIU itself says, its first error, which need not be the one; for the log has them all. */
  #failure(reason: string, text = ""): TsruncError {
    const request = this.#request;
    const said = text === "" ? "" : `: ${text}`;
    if (request === undefined || this.#directories.length === 0) return new TsruncError(`criu failed: ${reason}${said}`);
    const file = `${request.work ?? request.images}/${request.opts.log_file ?? ""}`;
    const quoted = lastErrors(this.#native, file);
    return new TsruncError(`criu failed: ${reason}, log file ${file}${quoted === "" ? said : `: ${quoted}`}`);
  }

  /** Without links: an absolute one would lead back into our namespace. */
  #openDirectory(path: string, pid: number): number {
    const fd = this.#native.open(`/proc/${pid}/root${this.#native.realpath(path)}`, ["read", "dir"], 0);
    this.#directories.push(fd);
    return fd;
  }

  #closeTheirs(): void {
    if (this.#theirs >= 0) giveUp(this.#native, this.#theirs);
    this.#theirs = -1;
  }

  #closeAll(): void {
    this.#closeTheirs();
    if (this.#socket >= 0) giveUp(this.#native, this.#socket);
    this.#socket = -1;
    this.#closeFds(this.#directories);
    this.#directories = [];
  }

  #closeFds(fds: readonly number[]): void {
    for (const fd of fds) giveUp(this.#native, fd);
  }
}
