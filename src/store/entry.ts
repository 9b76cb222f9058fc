// One container's state directory `<root>/<id>`: state.json, journal.json, effects, gate.sock. The directory itself is the lock.
import { SysError, TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import { exists, giveUp, isErrno, onFile, readRegular, removeFile, showAside, writeAside, writeAtomic } from "./files.js";
import { checkConfig, parseJournal, parseState, stringifyJournal, stringifyState } from "./format.js";
import type { Journal, SavedState } from "./state.js";

/** How long a command waits for another one that works on the same container. */
const LOCK_WAIT_MS = 30_000;
const LOCK_POLL_MS = 5;

/** More than nearly any state.json has before its configuration. */
const STATE_HEAD = 4096;

const FILES = [
  "gate.sock",
  ".state.json.new",
  ".journal.json.new",
  ".update.json.new",
  "update.json",
  "effects",
  "state.json",
  "journal.json",
];

export class Entry {
  readonly id: string;
  readonly dir: string;
  readonly #native: Native;
  #fd = -1;
  /** Of the directory that was ours at letGo: nobody else's gets its inode while it is open. */
  #held = -1;
  #effects = -1;

  constructor(native: Native, root: string, id: string) {
    this.#native = native;
    this.id = id;
    this.dir = `${root}/${id}`;
  }

  get gate(): string {
    return `${this.dir}/gate.sock`;
  }

  /** mkdir, which is the lock against a second create, then the lock against all other commands. */
  create(): void {
    try {
      // 0711: the container's user may reach a socket below it by name, and list nothing.
      this.#native.mkdir(this.dir, 0o711);
    } catch (error) {
      if (isErrno(error, "EEXIST")) throw new TsruncError("container with given ID already exists");
      throw error;
    }
    try {
      this.#native.chmod(this.dir, 0o711);
      this.lock();
    } catch (error) {
      // Any other error says that somebody else has it, or has removed it.
      if (error instanceof SysError) this.#native.rmdir(this.dir);
      throw error;
    }
  }

  /** True when there is a directory, whatever is in it. */
  present(): boolean {
    return exists(this.#native, this.dir);
  }

  /**
   * Take the lock, waiting for its holder at most 30 s. The holder may have removed the directory, and another create have made
   * a new one of that name: the locked inode must still be the one the name leads to.
   */
  lock(waitMs = LOCK_WAIT_MS): void {
    const native = this.#native;
    const end = native.now() + waitMs;
    for (;;) {
      const fd = this.#openDir();
      try {
        if (this.#tryLock(fd, end) && this.#isStill(fd)) {
          this.#fd = fd;
          return;
        }
      } catch (error) {
        native.close(fd);
        throw error;
      }
      native.close(fd);
    }
  }

  /** Without waiting: false when another command holds it. */
  tryLock(): boolean {
    try {
      this.lock(0);
      return true;
    } catch (error) {
      if (error instanceof TsruncError && error.fields.code === "EWOULDBLOCK") return false;
      throw error;
    }
  }

  unlock(): void {
    // The lock goes with the descriptor.
    for (const fd of [this.#fd, this.#effects]) if (fd >= 0) giveUp(this.#native, fd);
    this.#fd = -1;
    this.#effects = -1;
  }

  /** As unlock, but the inode stays ours to know. */
  letGo(): void {
    try {
      this.#held = this.#native.open(this.dir, ["path", "dir", "nofollow"], 0);
    } finally {
      // Whoever removes the container for the error takes the lock again.
      this.unlock();
    }
  }

  /** False when another directory is there by now, or none. */
  lockAgain(): boolean {
    const native = this.#native;
    try {
      this.lock();
    } catch (error) {
      if (error instanceof TsruncError && error.fields.code === "ENOENT") return false;
      throw error;
    }
    let still = false;
    try {
      const [held, now] = [native.fstat(this.#held), native.fstat(this.#fd)];
      still = held.ino === now.ino && held.dev === now.dev;
    } finally {
      if (!still) this.unlock();
    }
    return still;
  }

  loadState(): SavedState | undefined {
    const head = this.#read("state.json", STATE_HEAD);
    const whole = head && head.length < STATE_HEAD ? undefined : () => this.#read("state.json");
    return head && parseState(head, this.id, `${this.dir}/state.json`, whole);
  }

  /** Throws where the configuration is not one that `create` accepts: loadState() looks at the rest only. */
  checkConfig({ config }: SavedState): void {
    checkConfig(config, `${this.dir}/state.json`);
  }

  saveState(state: SavedState): void {
    writeAtomic(this.#native, this.dir, "state.json", stringifyState(state));
  }

  /** All of saveState but what makes it visible. */
  prepareState(state: SavedState): void {
    writeAside(this.#native, this.dir, "state.json", stringifyState(state));
  }

  commitState(): void {
    showAside(this.#native, this.dir, "state.json");
  }

  loadJournal(): Journal | undefined {
    const bytes = this.#read("journal.json");
    return bytes && parseJournal(bytes, this.id, `${this.dir}/journal.json`);
  }

  saveJournal(journal: Journal): void {
    writeAtomic(this.#native, this.dir, "journal.json", stringifyJournal(journal));
  }

  /** How to take back the writes of an `update` that is under way. */
  saveUpdate(journal: Journal): void {
    writeAtomic(this.#native, this.dir, "update.json", stringifyJournal(journal));
  }

  /** There is one only when an update was killed. */
  loadUpdate(): Journal | undefined {
    const bytes = this.#read("update.json");
    return bytes && parseJournal(bytes, this.id, `${this.dir}/update.json`);
  }

  dropUpdate(): void {
    removeFile(this.#native, `${this.dir}/update.json`);
  }

  /**
   * Note that the step is about to have its effect. The journal lists what a plan may do, this file what it began: a create that
   * was killed after it refused someone else's cgroup must not have that cgroup emptied by `delete --force`.
   */
  noteEffect(stepId: string): void {
    if (this.#effects < 0) {
      this.#effects = this.#native.open(`${this.dir}/effects`, ["write", "append", "create", "nofollow"], 0o600);
    }
    onFile(`${this.dir}/effects`, () => this.#native.writeOnce(this.#effects, `${stepId}\n`));
  }

  effects(): ReadonlySet<string> {
    const bytes = this.#read("effects");
    return new Set(bytes ? new TextDecoder().decode(bytes).split("\n") : []);
  }

  /** Remove our files and the directory. journal.json is the last: a crash in between leaves what `delete` can still undo. */
  remove(): void {
    const native = this.#native;
    try {
      const there = this.#names();
      for (const file of FILES) if (there.has(file)) removeFile(native, `${this.dir}/${file}`);
      if (there.has("notify")) this.#removeNotify();
      // Of a restore (rootfs.expose); nothing is mounted there but in CRIU's own mount namespace.
      if (there.has("criu-root")) native.rmdir(`${this.dir}/criu-root`);
      native.rmdir(this.dir);
    } catch (error) {
      if (isErrno(error, "ENOENT")) return;
      throw error instanceof SysError && error.code === "ENOTEMPTY"
        ? new TsruncError(`${this.dir}: holds files that are not ours: ${native.readdir(this.dir).join(", ")}`)
        : error;
    }
  }

  #read(name: string, most?: number): Uint8Array | undefined {
    return readRegular(this.#native, `${this.dir}/${name}`, most, true);
  }

  /**
   * Looked at first: most of our files are not there, and each that is missing would be an error to make and to catch. Without a descriptor to
   * look with, all that may be there when a create fails.
   */
  #names(): ReadonlySet<string> {
    try {
      return new Set(this.#native.readdir(this.dir));
    } catch (error) {
      if (isErrno(error, "EMFILE", "ENFILE", "ENOMEM")) return new Set(FILES);
      throw error;
    }
  }

  #removeNotify(): void {
    removeFile(this.#native, `${this.dir}/notify/notify.sock`);
    this.#native.rmdir(`${this.dir}/notify`);
  }

  #openDir(): number {
    try {
      return this.#native.open(this.dir, ["read", "dir", "nofollow"], 0);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENOTDIR", "ELOOP")) throw new TsruncError("container does not exist", { code: "ENOENT" });
      throw error;
    }
  }

  #tryLock(fd: number, end: number): boolean {
    const native = this.#native;
    for (;;) {
      try {
        native.flock(fd, false);
        return true;
      } catch (error) {
        if (!isErrno(error, "EWOULDBLOCK", "EAGAIN")) throw error;
      }
      // Removed while we waited: open it again, which tells "does not exist" from a new container.
      if (!this.#isStill(fd)) return false;
      if (native.now() >= end) {
        throw new TsruncError(`container ${this.id} is in use by another command`, { code: "EWOULDBLOCK" });
      }
      native.sleepMs(LOCK_POLL_MS);
    }
  }

  #isStill(fd: number): boolean {
    try {
      const mine = this.#native.fstat(fd);
      const named = this.#native.lstat(this.dir);
      return mine.ino === named.ino && mine.dev === named.dev;
    } catch (error) {
      if (isErrno(error, "ENOENT")) return false;
      throw error;
    }
  }
}
