// The runtime's side of the control socket (docs/protocol.md): stage first, then init, on the same socket.
import { TsruncError } from "../errors/errors.js";
import type { Message, Native, Spawned, WaitStatus } from "../host/port.js";
import type { Trace } from "../log/trace.js";
import { decodeChildMessage, type FailMessage, goMessage, INLINE_BLOB, planHead } from "../plan/wire.js";
import { giveUp, isErrno } from "../store/files.js";

const SIGKILL = 9;
/** How often we look whether a stage that says nothing is still there. */
const STAGE_LOOK_MS = 500;

/** The child said FAIL: the conductor knows the step that goes with the index. */
export class ChildFailure extends Error {
  readonly fail: FailMessage;
  constructor(fail: FailMessage) {
    super("the child failed");
    this.fail = fail;
  }
}

/** A detached mount. */
export interface OpenedMount {
  /** The receiver's to close. */
  readonly fd: number;
  readonly id: bigint;
}

/** The child ended without a word. `status` is null where somebody else has reaped it. */
export class ChildDeath extends Error {
  readonly status: WaitStatus | null;
  constructor(status: WaitStatus | null) {
    super("the child died");
    this.status = status;
  }
}

/** The child has never become tsrunc-init. */
export class SpawnFailure extends Error {
  constructor(cause: unknown) {
    super("the child was not executed", { cause });
  }
}

export class Child {
  readonly #native: Native;
  readonly #trace: Trace;
  /** Of stage.spawn; init.spawn's is init itself. */
  readonly #stage: Spawned | undefined;
  #stageReaped = false;
  #control: number;
  #init: { pid: number; pidfd: number } | undefined;
  #begun = false;

  constructor(native: Native, trace: Trace, spawned: Spawned, as: "stage" | "init") {
    this.#native = native;
    this.#trace = trace;
    this.#stage = as === "stage" ? spawned : undefined;
    this.#init = as === "init" ? { pid: spawned.pid, pidfd: spawned.pidfd } : undefined;
    this.#control = spawned.control;
  }

  get stagePid(): number {
    if (this.#stage === undefined) throw new TsruncError("the plan needs a stage and has spawned init");
    return this.#stage.pid;
  }

  /** 0 before process.clone. */
  get initPid(): number {
    return this.#init?.pid ?? 0;
  }

  get initPidfd(): number {
    return this.#init?.pidfd ?? -1;
  }

  /** The pid that outside settings (cgroup, id maps, oom score, rlimits) are for: init once it is there. */
  get pid(): number {
    return this.#init?.pid ?? this.stagePid;
  }

  /** The first message: the plan and all slots filled so far. It starts the child. */
  sendPlan(blob: Uint8Array, umask: number, preserveFds: number, slots: ReadonlyMap<number, number>): void {
    const head = { umask, preserveFds, hostPid: this.initPid };
    if (blob.length <= INLINE_BLOB) this.#send([planHead(head, [...slots.keys()], blob.length), blob], [...slots.values()]);
    else {
      const memfd = this.#native.memfd("tsrunc-plan", blob);
      try {
        this.#send([planHead(head, [...slots.keys()], 0)], [memfd, ...slots.values()]);
      } finally {
        giveUp(this.#native, memfd);
      }
    }
    this.#begun = true;
  }

  get begun(): boolean {
    return this.#begun;
  }

  sendGo(slots: ReadonlyMap<number, number>): void {
    this.#send([goMessage(this.initPid, [...slots.keys()])], [...slots.values()]);
  }

  /**
   * Wait until the child has carried out the step `last` and it is the runtime's turn. `known`: of a container that others know already, and may kill as
   * any that runs: then its end is for its wait status to tell, as after awaitExec.
   */
  awaitTurn(last: number, known = false): void {
    const message = this.#init === undefined ? this.#receiveOfStage() : this.#native.receive(this.#control, -1);
    if (message === null) {
      const why = known ? this.#spawnFailure() : this.#death();
      if (why !== undefined) throw why;
      return;
    }
    const parsed = decodeChildMessage(message.data);
    if (parsed.kind === "fail") throw new ChildFailure(parsed);
    if (parsed.kind === "cloned") {
      const pidfd = message.fds[0] ?? this.#native.pidfdOpen(parsed.pid);
      this.#init = { pid: parsed.pid, pidfd };
      this.#trace("turn", `init is ${parsed.pid}, after step ${last}`);
      return;
    }
    if (parsed.kind === "opened") throw new TsruncError("container init sent a mount that nobody asked for");
    if (parsed.index !== last) throw new TsruncError(`container init is at step ${parsed.index}, not ${last}`);
    this.#trace("turn", `after step ${last}`);
  }

  /**
   * A stage that is killed after it has cloned init, before it has said so (by the OOM killer, say), leaves the other end of the socket with that
   * init: there is no end of file, and each would wait for the other.
   */
  #receiveOfStage(): Message | null {
    let status: WaitStatus | null = null;
    for (;;) {
      try {
        // What it has sent before its end is read first.
        return this.#native.receive(this.#control, status === null ? STAGE_LOOK_MS : 0);
      } catch (error) {
        if (!isErrno(error, "ETIMEDOUT")) throw error;
      }
      if (status !== null) throw new ChildDeath(status);
      status = this.#native.waitpid(this.stagePid, false);
      this.#stageReaped = status !== null;
    }
  }

  /** From a helper's mount.open. */
  awaitMount(): OpenedMount {
    const message = this.#native.receive(this.#control, -1);
    if (message === null) throw this.#death();
    const parsed = decodeChildMessage(message.data);
    if (parsed.kind === "fail") throw new ChildFailure(parsed);
    const fd = message.fds[0];
    if (parsed.kind !== "opened" || fd === undefined) throw new TsruncError("a helper sent no mount");
    return { fd, id: parsed.mountId };
  }

  /**
   * After the last GO: init clears its death signal, then closes its end. Our exit before that would kill it.
   */
  awaitGate(): void {
    const message = this.#native.receive(this.#control, -1);
    if (message !== null) {
      const parsed = decodeChildMessage(message.data);
      throw parsed.kind === "fail" ? new ChildFailure(parsed) : new TsruncError("container init sent a message after the last GO");
    }
    const status = this.#init === undefined ? null : this.#native.waitpid(this.#init.pid, false);
    if (status !== null) throw new ChildDeath(status);
    this.#trace("turn", "init waits at the gate");
  }

  /** After the last GO of exec: the end of file is execve's, or that of a process that ended on the way; its wait status tells. */
  awaitExec(): void {
    const message = this.#native.receive(this.#control, -1);
    if (message === null) return;
    const parsed = decodeChildMessage(message.data);
    throw parsed.kind === "fail" ? new ChildFailure(parsed) : new TsruncError("the new process sent a message after the last GO");
  }

  reapStage(): void {
    this.#reapStage();
  }

  /** Nobody talks on the control socket any more, the stage has exited: nothing but init is left. */
  finish(): void {
    this.#closeControl();
    this.#reapStage();
    if (this.#stage !== undefined) giveUp(this.#native, this.#stage.pidfd);
  }

  /** Kill and reap whatever there is of it. Never throws: it runs while another error is on its way. */
  destroy(): void {
    this.#closeControl();
    for (const target of [this.#init, this.#stage]) {
      if (target === undefined || (target === this.#stage && this.#stageReaped)) continue;
      this.#kill(target);
      this.#reap(target.pid);
    }
  }

  #kill({ pidfd }: { readonly pidfd: number }): void {
    try {
      this.#native.pidfdSend(pidfd, SIGKILL);
    } catch {
      // already gone
    }
  }

  #send(parts: readonly Uint8Array[], fds: readonly number[]): void {
    try {
      this.#native.send(this.#control, parts, fds);
    } catch (error) {
      // Not for us to wait for its end: it waits for us.
      if (!isErrno(error, "EPIPE", "ECONNRESET")) throw error;
      // The child has ended; why is in its last message or its wait status.
      const message = this.#receiveLast();
      if (message?.kind === "fail") throw new ChildFailure(message);
      if (message === undefined) throw this.#death();
      throw error;
    }
  }

  #receiveLast(): ReturnType<typeof decodeChildMessage> | undefined {
    try {
      for (;;) {
        const message = this.#native.receive(this.#control, 0);
        const parsed = message === null ? undefined : decodeChildMessage(message.data);
        // Its turn has ended before it did: GO was to be ahead of that.
        if (parsed?.kind !== "turn") return parsed;
      }
    } catch {
      return undefined;
    }
  }

  /** Why its end of the socket is closed, and nothing was said. */
  #death(): Error {
    const status = this.#reapCurrent();
    return this.#spawnFailure() ?? new ChildDeath(status);
  }

  #spawnFailure(): SpawnFailure | undefined {
    try {
      this.#native.checkSpawn();
      return undefined;
    } catch (error) {
      return new SpawnFailure(error);
    }
  }

  /** It has ended or is about to, and keeps its status then; one that could not say what is wrong would wait for us as we for it. */
  #reapCurrent(): WaitStatus | null {
    const current = this.#init ?? (this.#stageReaped ? undefined : this.#stage);
    if (current !== undefined) this.#kill(current);
    return this.#init === undefined ? this.#reapStage() : this.#reap(this.#init.pid);
  }

  #reapStage(): WaitStatus | null {
    if (this.#stage === undefined || this.#stageReaped) return null;
    this.#stageReaped = true;
    return this.#reap(this.#stage.pid);
  }

  #reap(pid: number): WaitStatus | null {
    try {
      return this.#native.waitpid(pid, true);
    } catch {
      return null;
    }
  }

  #closeControl(): void {
    if (this.#control < 0) return;
    giveUp(this.#native, this.#control);
    this.#control = -1;
  }
}
