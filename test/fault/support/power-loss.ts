// What a disk may hold after the power failed. POSIX promises little without fsync: of every directory entry any version that it has had
// since the last fsync of its directory may be there, and of every file that was not synced nothing, a part, or zeros in place of its data.
// (ext4 and xfs lose less; what holds for this holds for them.)
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Random } from "../../support/random.js";

export type Operation =
  | { readonly kind: "mkdir" | "create" | "socket"; readonly path: string }
  | { readonly kind: "write"; readonly path: string; readonly data: Buffer; readonly append: boolean }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "rename"; readonly path: string; readonly to: string }
  | { readonly kind: "sync"; readonly path: string };

interface Inode {
  readonly type: "dir" | "file" | "socket";
  data: Buffer;
  /** How much of it has certainly reached the disk. */
  synced: number;
}

/** All versions of one name since its directory was last synced, the oldest first; undefined: not there. */
type History = (Inode | undefined)[];

function unescape(text: string): Buffer {
  return Buffer.from(text.replaceAll("\\x", ""), "hex");
}

/** Of `strace -y -xx`: what changes something below `root`, with paths relative to it. */
export function parseOperations(log: string, root: string): Operation[] {
  const operations: Operation[] = [];
  const below = (path: string | undefined): string | undefined =>
    path?.startsWith(`${root}/`) === true ? path.slice(root.length + 1) : undefined;
  const text = (escaped: string): string => unescape(escaped).toString();
  for (const line of log.split("\n")) {
    const call = /^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)/.exec(line);
    if (call === null || Number(call[3]) < 0) continue;
    const [, name = "", args = "", result = ""] = call;
    const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, escaped]) => text(escaped ?? ""));
    const place = below(strings[0]);
    const target = below(
      /^\d+<([^>]*)>/.exec(args)?.[1]?.replaceAll(/\\x([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
    );
    if (/^mkdir/.test(name) && place !== undefined) operations.push({ kind: "mkdir", path: place });
    if (/^open/.test(name) && place !== undefined && args.includes("O_CREAT")) operations.push({ kind: "create", path: place });
    if (name === "write" && target !== undefined) {
      const data = unescape(/"((?:\\x[0-9a-f]{2})*)"/.exec(args)?.[1] ?? "").subarray(0, Number(result));
      operations.push({ kind: "write", path: target, data, append: true });
    }
    if (/^f(data)?sync$/.test(name) && target !== undefined) operations.push({ kind: "sync", path: target });
    if (name === "bind" && place !== undefined) operations.push({ kind: "socket", path: place });
    if (/^(unlink|unlinkat|rmdir)$/.test(name) && place !== undefined) operations.push({ kind: "remove", path: place });
    const to = below(strings[1]);
    if (/^rename/.test(name) && place !== undefined && to !== undefined) operations.push({ kind: "rename", path: place, to });
  }
  return operations;
}

export class Disk {
  readonly #names = new Map<string, History>();

  constructor(operations: readonly Operation[]) {
    for (const operation of operations) this.#carryOut(operation);
  }

  #now(path: string): Inode | undefined {
    return this.#names.get(path)?.at(-1);
  }

  #set(path: string, inode: Inode | undefined): void {
    const history = this.#names.get(path) ?? [undefined];
    history.push(inode);
    this.#names.set(path, history);
  }

  #carryOut(operation: Operation): void {
    const { kind, path } = operation;
    if (kind === "mkdir") this.#set(path, { type: "dir", data: Buffer.alloc(0), synced: 0 });
    else if (kind === "socket") this.#set(path, { type: "socket", data: Buffer.alloc(0), synced: 0 });
    else if (kind === "create") {
      if (this.#now(path) === undefined) this.#set(path, { type: "file", data: Buffer.alloc(0), synced: 0 });
    } else if (kind === "write") {
      const inode = this.#now(path);
      if (inode !== undefined) inode.data = Buffer.concat([inode.data, operation.data]);
    } else if (kind === "remove") this.#set(path, undefined);
    else if (kind === "rename") {
      this.#set(operation.to, this.#now(path));
      this.#set(path, undefined);
    } else this.#sync(path);
  }

  #sync(path: string): void {
    const inode = this.#now(path);
    if (inode !== undefined) inode.synced = inode.data.length;
    for (const [name, history] of this.#names) if (dirname(name) === path) history.splice(0, history.length - 1);
  }

  /** Writes one of the possible remains into `root`; says what it chose, for people. */
  remains(random: Random, root: string): string {
    const chosen: string[] = [];
    for (const [path, history] of this.#names) {
      const inode = random.once(2) ? history.at(-1) : random.pick(history);
      if (inode === undefined) continue;
      const place = join(root, path);
      if (inode.type === "dir") {
        mkdirSync(place, { recursive: true });
        continue;
      }
      const [how, data] = this.#data(random, inode);
      try {
        // A socket's file is one that nobody listens at; to the store it is a name.
        writeFileSync(place, data);
        chosen.push(`${path} ${how}`);
      } catch (error) {
        // Its directory has not reached the disk.
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
    return chosen.join(", ");
  }

  #data(random: Random, { data, synced }: Inode): [string, Buffer] {
    const how = data.length === synced ? "whole" : random.pick(["whole", "whole", "empty", "half", "zeros"] as const);
    if (how === "whole") return [how, data];
    if (how === "zeros") return [how, Buffer.concat([data.subarray(0, synced), Buffer.alloc(data.length - synced)])];
    return [how, data.subarray(0, how === "empty" ? synced : Math.max(synced, data.length >> 1))];
  }
}
