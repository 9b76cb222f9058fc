// What surrounds a recorded call: containers of the state root it means, its paths below a scratch directory, its descriptors.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  readlinkSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { makeRootfs } from "../../scripts/lib/rootfs.mjs";
import type { Circumstances } from "./calls.js";
import { type CommandResult, plainEnvironment, runCommand, startCommand, waitUntil } from "./command.js";
import { criuEnvironment } from "./criu.js";
import { type TestConfig, baseConfig } from "./config.js";
import { sourceRoot, tsruncPath } from "./paths.js";
import type { StateJson } from "./runtime.js";
import { Scratch } from "./scratch.js";

const DEFAULT_ROOT = "/run/tsrunc";
const TIMEOUT_MS = 30_000;

/** Appends the number of each signal to /signals-ID. */
const traps = (id: string) =>
  `for s in 10 12 15 28; do trap "echo $s >> /signals-${id}" $s; done; echo ready > /signals-${id}; sleep 1000 & while :; do wait $!; done`;

export interface Outcome {
  readonly code: number | null;
  /** Both are in `stdout` when the two descriptors are the same file. */
  readonly stdout: string;
  readonly stderr: string;
}

interface Opened {
  readonly fd: number;
  read(): string;
  close?(): void;
}

/** The state root that a call means: `--root` of it, or the default. */
export class EngineHost {
  readonly scratch: Scratch;
  readonly rootfs: string;
  readonly #hadDefaultRoot = existsSync(DEFAULT_ROOT);
  readonly #flavours = new Map<string, Flavour>();
  #fifos = 0;
  #criu: Record<string, string> | undefined;

  constructor(t: TestContext) {
    t.after(() => this.#cleanup());
    this.scratch = new Scratch(t);
    this.rootfs = this.scratch.path("rootfs");
    makeRootfs(this.rootfs);
  }

  /** Of calls that need criu, recorded without the criu that works here in their PATH, or without any. */
  get criuEnvironment(): Record<string, string> {
    return (this.#criu ??= criuEnvironment(this.scratch));
  }

  /** An absolute path of the recording, here. */
  path(recorded: string): string {
    return this.scratch.path("host", recorded);
  }

  flavour(root: string | undefined, rootless: boolean): Flavour {
    const key = rootless ? "rootless" : (root ?? "");
    const known = this.#flavours.get(key);
    if (known !== undefined) return known;
    const made = new Flavour(this, root === undefined ? undefined : this.path(root), rootless);
    this.#flavours.set(key, made);
    return made;
  }

  /** Runs a command with exactly these descriptors. Its working directory is made. */
  async call(command: string, args: readonly string[], { cwd, fds, env }: Circumstances, input: string | undefined): Promise<Outcome> {
    const directory = this.path(cwd.replace(/^<this folder>$/, "/engines"));
    mkdirSync(directory, { recursive: true });
    const terminal = [...fds.values()].some((target) => target.startsWith("/dev/pts/"));
    const opened = new Map<number, Opened>();
    const files = new Map<string, Opened>();
    for (const [fd, target] of fds) {
      if (target.startsWith("/dev/pts/") || target.startsWith("socket:")) continue;
      const known = files.get(target);
      const one = known ?? this.#open(fd === 0 ? input : undefined, target);
      if (!target.startsWith("pipe:")) files.set(target, one);
      opened.set(fd, one);
    }
    const stdio = Array.from({ length: Math.max(...fds.keys()) + 1 }, (_, fd) => opened.get(fd)?.fd ?? (fds.has(fd) ? "pipe" : "ignore"));
    const wrapped = terminal ? ["python3", join(sourceRoot, "test/support/onpty.py"), "80", "24", command, ...args] : [command, ...args];
    // The wrapper needs a PATH; the call had none.
    const child = startCommand(terminal ? "/usr/bin/python3" : command, wrapped.slice(1), {
      cwd: directory,
      env: this.#environment(env),
      stdio,
    });
    let shown = "";
    if (terminal) child.stdout?.on("data", (chunk: Buffer) => (shown += chunk.toString().replaceAll("\r", "")));
    const timer = setTimeout(() => child.kill("SIGKILL"), TIMEOUT_MS);
    const [code] = (await once(child, "exit")) as [number | null];
    clearTimeout(timer);
    for (const stream of child.stdio) stream?.destroy();
    const same = fds.get(1) === fds.get(2) && fds.get(1)?.startsWith("/") === true;
    const stdout = terminal ? shown : (opened.get(1)?.read() ?? "");
    const stderr = same || terminal ? "" : (opened.get(2)?.read() ?? "");
    for (const { fd, close } of new Set(opened.values())) {
      closeSync(fd);
      close?.();
    }
    return { code, stdout, stderr };
  }

  /** A value for each name whose value was not recorded; recorded paths are moved to the scratch directory, but those of PATH. */
  #environment(recorded: Circumstances["env"]): Record<string, string> {
    const value = (name: string, text: string | undefined) =>
      text === undefined ? "1" : name !== "PATH" && text.startsWith("/") ? this.path(text) : text;
    return Object.fromEntries([...recorded].map(([name, text]) => [name, value(name, text)]));
  }

  #open(input: string | undefined, target: string): Opened {
    if (target === "/dev/null") return { fd: openSync(target, "r+"), read: () => "" };
    if (!target.startsWith("pipe:")) {
      const path = this.path(target);
      mkdirSync(dirname(path), { recursive: true });
      const before = existsSync(path) ? readFileSync(path, "utf8").length : 0;
      return { fd: openSync(path, "a+"), read: () => readFileSync(path, "utf8").slice(before) };
    }
    return input === undefined ? this.#outgoing() : this.#incoming(input);
  }

  #fifo(): string {
    const path = this.scratch.path(`fifo-${++this.#fifos}`);
    execFileSync("mkfifo", [path]);
    return path;
  }

  /** A pipe to write to; what is in it can be read while others hold its end. */
  #outgoing(): Opened {
    const path = this.#fifo();
    const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const read = () => {
      const buffer = Buffer.alloc(65536);
      try {
        return buffer.toString("utf8", 0, readSync(reading, buffer));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return "";
        throw error;
      }
    };
    return { fd: openSync(path, "w"), read, close: () => closeSync(reading) };
  }

  /** A pipe that holds this text and has no writer any more. */
  #incoming(text: string): Opened {
    const path = this.#fifo();
    const both = openSync(path, "r+");
    writeFileSync(both, text);
    const fd = openSync(path, "r");
    closeSync(both);
    return { fd, read: () => "" };
  }

  async #cleanup(): Promise<void> {
    for (const flavour of this.#flavours.values()) await flavour.end();
    try {
      if (!this.#hadDefaultRoot) rmdirSync(DEFAULT_ROOT);
    } catch {
      // Not empty: somebody else's by now.
    }
  }
}

/** Containers of one state root, made to be found in some state by a call. */
export class Flavour {
  readonly host: EngineHost;
  readonly rootless: boolean;
  /** What to call: tsrunc itself, or a script that runs it in the user namespace of rootless calls. */
  readonly command: string;
  readonly #root: string | undefined;
  readonly #ids: string[] = [];
  #running: string | undefined;
  #holder: ReturnType<typeof startCommand> | undefined;

  constructor(host: EngineHost, root: string | undefined, rootless: boolean) {
    this.host = host;
    this.rootless = rootless;
    this.#root = root;
    this.command = rootless ? this.#enterUserNamespace() : tsruncPath;
  }

  /** All ids are mapped, as podman does with newuidmap: so setgroups(2) is allowed. */
  #enterUserNamespace(): string {
    const quiet = ["ignore", "ignore", "ignore"] as const;
    this.#holder = startCommand("unshare", ["--user", "--mount", "sleep", "1000"], { stdio: quiet });
    const pid = this.#holder.pid ?? 0;
    const path = this.host.scratch.path("in-user-namespace");
    const enter = `nsenter --user --mount --target ${pid} --preserve-credentials`;
    writeFileSync(path, `#!/bin/sh\nexec ${enter} --wd="$PWD" -- ${tsruncPath} "$@"\n`, { mode: 0o755 });
    const own = readlinkSync("/proc/self/ns/mnt");
    const end = Date.now() + TIMEOUT_MS;
    while (readlinkSync(`/proc/${pid}/ns/mnt`) === own) assert.ok(Date.now() < end, "unshare makes a namespace");
    for (const kind of ["uid", "gid"]) writeFileSync(`/proc/${pid}/${kind}_map`, "0 0 65536\n");
    return path;
  }

  id(text: string): string {
    this.#ids.push(text);
    return text;
  }

  newId(): string {
    return this.id(this.host.scratch.id());
  }

  /** A bundle whose program waits; `args` instead of it. */
  makeBundle(dir: string, id: string, { args, terminal = false }: { args?: readonly string[]; terminal?: boolean } = {}): void {
    const config: TestConfig = baseConfig();
    config.root = { path: this.host.rootfs };
    config.process.args = args ?? ["sh", "-c", traps(id)];
    config.process.terminal = terminal;
    config.linux.cgroupsPath = `/${this.host.scratch.marker}/${id}`;
    mkdirSync(dir, { recursive: true });
    chmodSync(this.host.scratch.dir, 0o755);
    writeFileSync(join(dir, "config.json"), JSON.stringify(config));
  }

  /** A call of the test's own. */
  run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    const xdg = this.rootless ? { XDG_RUNTIME_DIR: this.host.path("/run/user/1") } : {};
    const root = this.#root === undefined ? [] : ["--root", this.#root];
    const stdio = args[0] === "create" || args[0] === "restore" ? (["ignore", "ignore", "ignore"] as const) : undefined;
    return runCommand(this.command, [...root, ...args], { env: { ...plainEnvironment, ...xdg, ...env }, stdio });
  }

  async ok(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, env);
    assert.deepEqual({ args, code, stderr }, { args, code: 0, stderr: "" });
    return stdout;
  }

  async state(id: string): Promise<StateJson> {
    return JSON.parse(await this.ok(["state", id])) as StateJson;
  }

  exists(id: string): boolean {
    const base = this.#root ?? (this.rootless ? join(this.host.path("/run/user/1"), "tsrunc") : DEFAULT_ROOT);
    return existsSync(join(base, id));
  }

  async created(id = this.newId()): Promise<string> {
    const bundle = this.host.scratch.path(`bundle-of-${id}`);
    this.makeBundle(bundle, id);
    await this.ok(["create", "--bundle", bundle, id]);
    return id;
  }

  /** One that several calls use, while none of them ends it. */
  async running(id?: string): Promise<string> {
    if (id === undefined && this.#running !== undefined) return this.#running;
    const made = await this.created(id);
    await this.ok(["start", made]);
    await waitUntil("its traps are set", () => this.signals(made)[0] === "ready");
    if (id === undefined) this.#running = made;
    return made;
  }

  /** The next call gets another. */
  async toBeEnded(id?: string): Promise<string> {
    const made = await this.running(id);
    this.#running = undefined;
    return made;
  }

  async stopped(id?: string): Promise<string> {
    const made = await this.toBeEnded(id);
    await this.ok(["kill", made, "9"]);
    await waitUntil("it is stopped", async () => (await this.state(made)).status === "stopped");
    return made;
  }

  signals(id: string): string[] {
    const path = join(this.host.rootfs, `signals-${id}`);
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  async end(): Promise<void> {
    for (const id of this.#ids) if (this.exists(id)) await this.run(["delete", "--force", id]);
    this.#holder?.kill("SIGKILL");
  }
}
