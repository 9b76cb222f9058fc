// What the core needs of its surroundings: plain synchronous functions, no `node:` type in sight. Two implementations:
// src/host/node (the addon through Node-API) and src/host/quickjs (the same addon/core linked in). Everything that
// touches the kernel is in addon/core and is the same for both.
//
// Failure: every function throws SysError (src/errors/errors.ts) for a failed system call, never a partial result.

export interface Rlimit {
  readonly soft: bigint;
  readonly hard: bigint;
}

/** How the launcher found its caller, before Node changed it (docs/lifecycle.md, "The launcher"). */
export interface LaunchRecord {
  /** RLIMIT_NOFILE as inherited; Node raises the soft limit. */
  readonly nofile: Rlimit;
  /** Descriptors from 3 up that were open when we were called; Node itself uses others. */
  readonly inheritedFds: readonly number[];
  /** Signals ignored and blocked by the caller. */
  readonly ignored: readonly number[];
  readonly blocked: readonly number[];
  readonly umask: number;
  /** argv[0] as called: `runc` changes the first line of --version. */
  readonly argv0: string;
}

export type FileType = "file" | "dir" | "link" | "socket" | "fifo" | "char" | "block";

export interface FileStat {
  readonly type: FileType;
  /** Permission bits with setuid, setgid and sticky: 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly dev: number;
  readonly ino: number;
  readonly rdev: number;
}

export interface Message {
  readonly data: Uint8Array;
  /** Descriptors received by SCM_RIGHTS, CLOEXEC. */
  readonly fds: readonly number[];
}

export interface WaitStatus {
  readonly pid: number;
  /** Exit code, or 128 + signal. */
  readonly exitCode: number;
  /** 0 when the process exited by itself. */
  readonly signal: number;
  /** Of `foreground`: the errno with which our stdout or stderr refused some of the output; 0: all of it was written, or nobody read on. */
  readonly lost: number;
}

export interface SpawnRequest {
  /** Descriptors that become 0, 1 and 2. */
  readonly stdio: readonly [number, number, number];
  /** Descriptors that become 3, 4, ... */
  readonly preserve: readonly number[];
  readonly launch: LaunchRecord;
  /** Of init. */
  readonly flags?: number;
  readonly unshare?: number;
  /** Open directory of a v2 cgroup; -1: ours. */
  readonly cgroup?: number;
  /** init.spawn; else the child is a stage. */
  readonly init?: boolean;
}

export interface Spawned {
  readonly pid: number;
  readonly pidfd: number;
  /** Our end of the control socket (SOCK_SEQPACKET), see docs/protocol.md. */
  readonly control: number;
}

export interface HookRequest {
  readonly path: string;
  readonly args: readonly string[];
  /** KEY=VALUE; the whole environment. */
  readonly env: readonly string[];
  readonly stdin: string;
  /** 0: no timeout. After it the hook's process group gets SIGKILL. */
  readonly timeoutMs: number;
}

export interface HookResult {
  readonly exitCode: number;
  readonly signal: number;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ForegroundRequest {
  /** The container's init, our child. */
  readonly pid: number;
  readonly pidfd: number;
  /** Terminal master; our own terminal goes raw and its size follows. -1: no terminal. */
  readonly master: number;
  /** Without a terminal: our ends of the container's stdio pipes, -1 where there is none. */
  readonly stdin: number;
  readonly stdout: number;
  readonly stderr: number;
  /** A bound datagram socket whose messages (sd_notify) go on to the connected one `notifyHost`. */
  readonly notify?: number;
  readonly notifyHost?: number;
}

/** A network device after the move. */
export interface MovedDevice {
  /** With a template (`eth%d`) the kernel has chosen it. */
  readonly name: string;
  /** It was up. */
  readonly up: boolean;
  /** The permanent ones of global scope that it had, for netDeviceConfigure. */
  readonly addresses: readonly string[];
}

export interface SeccompInfo {
  /** libseccomp version, "2.5.4". */
  readonly version: string;
}

/** Open flags by name; the native side maps them (open(2)). O_CLOEXEC and O_LARGEFILE are always set. */
export type OpenFlag = "read" | "write" | "readwrite" | "create" | "excl" | "append" | "trunc" | "dir" | "nofollow" | "path" | "sync";

/** addon/core, one function each. Paths are bytes of UTF-8 without NUL; descriptors are made CLOEXEC. */
export interface Native {
  // files
  open(path: string, flags: readonly OpenFlag[], mode: number): number;
  openat(dirfd: number, path: string, flags: readonly OpenFlag[], mode: number): number;
  close(fd: number): void;
  /** At most `max` bytes; empty at end of file. EINTR retried. */
  read(fd: number, max: number): Uint8Array;
  /** All of it; short writes continued, EINTR retried. */
  write(fd: number, data: string | Uint8Array): void;
  /** One write(2) call and no more (cgroup and procfs files, log records). */
  writeOnce(fd: number, data: string): void;
  readFile(path: string): Uint8Array;
  /** As UTF-8; for procfs, sysfs, cgroup and state files. */
  readText(path: string): string;
  /** As readText; null where there is no such file, or no longer (ENOENT, ENOTDIR; ENODEV: of a cgroup that is gone; ESRCH: of a process). */
  readTextIfThere(path: string): string | null;
  /**
   * A regular file, at most `most` bytes of it; null: no such file. Links, devices and files beyond 64 MiB are refused by a TsruncError that
   * names the file, and with `ours` what another user owns or others may write to.
   */
  readRegular(path: string, most: number, ours: boolean): Uint8Array | null;
  /** open(O_WRONLY|O_TRUNC) and one write(2): cgroup and procfs files. */
  writeText(path: string, data: string): void;
  fsync(fd: number): void;
  mkdir(path: string, mode: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  /** Names without "." and "..", in byte order. */
  readdir(path: string): string[];
  stat(path: string): FileStat;
  lstat(path: string): FileStat;
  /** By lstat(2): ENOENT and ENOTDIR are false, other errors thrown. An error that is made and caught costs more than the call. */
  exists(path: string): boolean;
  fstat(fd: number): FileStat;
  readlink(path: string): string;
  realpath(path: string): string;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  /** flock(2) LOCK_EX; with `wait` false throws EWOULDBLOCK. */
  flock(fd: number, wait: boolean): void;
  chdir(path: string): void;
  getcwd(): string;
  isatty(fd: number): boolean;
  // processes
  getpid(): number;
  geteuid(): number;
  getegid(): number;
  kill(pid: number, signal: number): void;
  pidfdOpen(pid: number): number;
  pidfdSend(pidfd: number, signal: number): void;
  /** null: still running and `block` false. */
  waitpid(pid: number, block: boolean): WaitStatus | null;
  prlimit(pid: number, resource: number, soft: bigint, hard: bigint): void;
  setSubreaper(on: boolean): void;
  /** CLONE_NEW* bit of a namespace fd; ENOTTY when it is none. */
  nsType(fd: number): number;
  sleepMs(ms: number): void;
  /** ms since the epoch, and ns of CLOCK_MONOTONIC. */
  now(): number;
  monotonicNs(): bigint;
  /** ns that this process has computed, since before any execve. */
  cpuNs(): bigint;
  username(uid: number): string | null;
  // sockets and descriptors
  /** A sealed memfd with these bytes. */
  memfd(name: string, data: Uint8Array): number;
  /** A memfd of `size` zero bytes, not sealed: a child writes what we read later. */
  sharedMemory(name: string, size: number): number;
  pipe(): [number, number];
  /** eventfd(2), counting from 0; a read takes 8 bytes. */
  eventfd(): number;
  /**
   * Waits until a descriptor of `readable` has something to read or has lost its other end, or the cgroup file of one of `changed` has been
   * notified as changed since it was last read through this descriptor. At most `timeoutMs` (-1: for ever). Returns those descriptors.
   */
  poll(readable: readonly number[], changed: readonly number[], timeoutMs: number): number[];
  socketpair(): [number, number];
  /** AF_UNIX SOCK_SEQPACKET. */
  packetPair(): [number, number];
  /** AF_UNIX SOCK_STREAM at `path`, of any length (through /proc/self/fd of its directory), chmod `mode`. */
  listenUnix(path: string, mode: number): number;
  connectUnix(path: string): number;
  /** AF_UNIX SOCK_DGRAM at `path`, chmod `mode`. */
  bindDatagram(path: string, mode: number): number;
  /** AF_UNIX SOCK_DGRAM; `@name` is an abstract address. */
  connectDatagram(path: string): number;
  /** SOCK_SEQPACKET as well as SOCK_STREAM; one sendmsg(2) of all the parts, with MSG_NOSIGNAL. */
  send(fd: number, parts: readonly Uint8Array[], fds: readonly number[]): void;
  /** null at end of file. Throws ETIMEDOUT after `timeoutMs` (-1: none). At most 64 KiB and 16 descriptors. */
  receive(fd: number, timeoutMs: number): Message | null;
  // the container
  /** Returns as soon as there is a child. What keeps it from becoming tsrunc-init shows by the end of the control socket. */
  spawnInit(request: SpawnRequest): Spawned;
  /** Of the last spawnInit whose child has ended without a word: throws what kept it from executing. */
  checkSpawn(): void;
  runHook(request: HookRequest): HookResult;
  /**
   * From now on signals wait for `foreground`, which forwards them. Before it, those that ask for the end (SIGHUP, SIGINT, SIGQUIT,
   * SIGTERM) make `receive` and `runHook` throw EINTR, `interrupted by SIGTERM`; the hook has been killed then.
   */
  catchSignals(): void;
  /** Before the program can write: the terminal gets our terminal's size and leaves "\n" as it is (ours makes "\r\n" of it). */
  prepareTerminal(master: number): void;
  /** Forward signals and bytes until the process has ended; returns its end. */
  foreground(request: ForegroundRequest): WaitStatus;
  /** newuidmap / newgidmap and the like: absolute path, `args` from argv[0] on, bare environment, at most one minute and 64 MiB of output. */
  runHelper(path: string, args: readonly string[]): HookResult;
  /** Runs tsrunc-systemd (docs/protocol.md, "Requests to systemd") with `request` on stdin; its stdout is the answer. */
  systemdRequest(request: string): HookResult;
  /** `request`: JSON of SeccompRequest (src/seccomp/request.ts). Returns struct sock_filter[]. */
  seccompCompile(request: string): Uint8Array;
  /** What seccompStore has kept in `directory` for `profile` (any text that decides what the filter is); empty: nothing that can be trusted. Never throws. */
  seccompLookup(directory: string, profile: string): Uint8Array;
  /** Keeps a compiled filter, where the file system allows it: no error if not. At most 64 are kept. */
  seccompStore(directory: string, profile: string, filter: Uint8Array): void;
  seccompInfo(): SeccompInfo;
  /** EncodeSteps of src/plan/encode.ts, where the engine of this host is an interpreter and writes bytes slowly. null: TypeScript says what is wrong. */
  readonly encodeSteps?: (rows: object, segments: readonly unknown[]) => Uint8Array | null;
  /** True when nothing in a JSON text needs a reader more exact than JSON.parse, nor is too deep; false when that is not plain to see (src/spec/json.ts). */
  readonly isPlainJson?: (text: Uint8Array) => boolean;
  /** BPF_PROG_LOAD + BPF_PROG_ATTACH(BPF_F_ALLOW_MULTI, replacing the device programs attached before). */
  cgroupDeviceAttach(cgroupDir: string, program: Uint8Array): void;
  /**
   * Moves a network device from the network namespace at descriptor `from` (-1: ours) to that at `to` (-1: ours), renamed. All or nothing; what
   * it loses by it is returned: it is down and without addresses.
   */
  netDeviceMove(from: number, to: number, device: string, name: string): MovedDevice;
  /** Gives the device in the namespace at `ns` (-1: ours) these addresses, then brings it up if it is to be. */
  netDeviceConfigure(ns: number, device: string, addresses: readonly string[], up: boolean): void;
}

export interface Host {
  readonly argv: readonly string[];
  /** The caller's environment, scrubbed of nothing. */
  readonly env: Readonly<Record<string, string>>;
  readonly launch: LaunchRecord;
  readonly native: Native;
  stdout(text: string): void;
  stderr(text: string): void;
  exit(code: number): never;
  /**
   * Runs the program, and ends the process with the code that it returns. Called once, by src/main.ts, at the top level: argv, env, launch
   * and native are to be used from within `main` only, as the static host runs the top level at build time.
   */
  start(main: () => Promise<number>): void;
}
