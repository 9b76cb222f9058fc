// When the build makes V8's code cache, the commands that engines call are tried on a host that does nothing, so that the cache has the functions that
// they need and no others: with all of the bundle it takes 3 ms longer to read. What is not rehearsed is compiled when it is called, and nobody looks at what the
// commands do here.
import { readFileSync } from "node:fs";
import { inventedFiles } from "../invented.js";
import type { FileStat, Host, Message, Native, SeccompInfo } from "../port.js";

const commands: readonly (readonly string[])[] = [
  ["--version"],
  ["run", "box"],
  ["create", "--pid-file", "/pid", "box"],
  ["state", "box"],
  ["start", "box"],
  ["list"],
  ["exec", "--pid-file", "/pid", "box", "true"],
  ["kill", "box", "9"],
  ["delete", "--force", "box"],
];

const INIT = 7;
const SIGKILL = 9;
const DIRECTORY: FileStat = { type: "dir", mode: 0o711, uid: 0, gid: 0, size: 0, dev: 1, ino: 1, rdev: 0 };
const ofStaticHost: ReadonlySet<string> = new Set(["encodeSteps", "isPlainJson"] satisfies (keyof Native)[]);

/** The words of a child for the plan in a PLAN message (docs/protocol.md): TURN wherever it hands over, CLONED at the end of a stage. */
function wordsOf(blob: Uint8Array): Message[] {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const words: Message[] = [];
  for (let at = 12; at < blob.length; at += 4 + view.getUint32(at, true)) {
    const [who, bits] = [view.getUint8(at + 6), view.getUint8(at + 7)];
    if ((bits & 1) === 0) continue;
    const next = at + 4 + view.getUint32(at, true);
    const cloned = who === 1 && (next >= blob.length || view.getUint8(next + 6) === 2);
    const data = new Uint8Array(8);
    new DataView(data.buffer).setUint32(0, cloned ? 2 : 1, true);
    new DataView(data.buffer).setUint32(4, cloned ? INIT : view.getUint32(at + 8, true), true);
    words.push({ data, fds: [] });
  }
  return words;
}

/** What is written can be read again. */
function inventedFileSystem(config: string): Partial<Native> {
  const files = new Map<string, string>(Object.entries({ ...inventedFiles, "config.json": config }));
  const open = new Map<number, string>();
  const read = (path: string): string | null => files.get(path) ?? null;
  const append = (fd: number, data: string | Uint8Array): void => {
    const path = open.get(fd) ?? "";
    files.set(path, (read(path) ?? "") + (typeof data === "string" ? data : new TextDecoder().decode(data)));
  };
  return {
    open: (path) => open.set(open.size + 10, path).size + 9,
    write: append,
    writeOnce: append,
    read: () => new Uint8Array(),
    readFile: (path) => new TextEncoder().encode(read(path) ?? ""),
    readText: (path) => read(path) ?? "",
    readTextIfThere: read,
    readRegular: (path) => (files.has(path) ? new TextEncoder().encode(files.get(path)) : null),
    rename: (from, to) => {
      files.set(to, read(from) ?? "");
      files.delete(from);
    },
    unlink: (path) => void files.delete(path),
    readdir: (path) => [...files.keys()].filter((name) => name.startsWith(`${path}/`)).map((name) => name.slice(path.length + 1)),
    exists: (path) => files.has(path) || path.endsWith("/gate.sock"),
    stat: () => DIRECTORY,
    lstat: () => DIRECTORY,
    fstat: () => DIRECTORY,
    readlink: () => "",
    getcwd: () => "/bundle",
    isatty: () => false,
  };
}

/** One process, which ends by SIGKILL. Everything that is not here succeeds. */
function inventedNative(config: string): Native {
  const files = inventedFileSystem(config);
  let words: Message[] = [];
  let alive = true;
  let now = 0;
  const kill = (_: number, signal: number): void => void (alive = alive && signal !== SIGKILL);
  const known: Partial<Native> = {
    ...files,
    readTextIfThere: (path) => {
      if (path !== `/proc/${INIT}/stat`) return files.readTextIfThere?.(path) ?? null;
      return alive ? `${INIT} (x) S${" 1".repeat(50)}` : null;
    },
    getpid: () => 1,
    geteuid: () => 0,
    getegid: () => 0,
    now: () => (now += 1000),
    username: () => "root",
    pipe: () => [3, 4],
    socketpair: () => [3, 4],
    poll: () => [],
    spawnInit: () => {
      alive = true;
      return { pid: INIT, pidfd: 5, control: 6 };
    },
    seccompInfo: () => ({ version: "2.6.0" }) as SeccompInfo,
    send: (_fd, parts) => {
      if (parts[1] !== undefined) words = wordsOf(parts[1]);
    },
    receive: () => words.shift() ?? null,
    waitpid: () => null,
    pidfdSend: kill,
    kill,
    foreground: () => ({ pid: INIT, exitCode: 0, signal: 0, lost: 0 }),
  };
  // Where something is returned it is a descriptor.
  return new Proxy(known, {
    get: (target, name) => target[name as keyof Native] ?? (ofStaticHost.has(String(name)) ? undefined : () => 5),
  }) as Native;
}

/** In the place of `host`, with the config.json at `config`: its `start` tries every command, then ends; with the code of the first that fails. */
export function rehearsing(host: Host, config: string): Host {
  let argv: readonly string[] = [];
  return {
    ...host,
    get argv() {
      return argv;
    },
    env: {},
    native: inventedNative(readFileSync(config, "utf8")),
    stdout: () => undefined,
    start: (main) => void perform(main),
  };
  async function perform(main: () => Promise<number>): Promise<void> {
    let code = 0;
    for (argv of commands) if (code === 0) code = await main();
    host.exit(code);
  }
}
