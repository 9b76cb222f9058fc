// What comes from processes: messages of init, CRIU's answers, files of /proc and of cgroups as they would be after a change of the kernel.
import { keyValues, parseCpuList } from "../../../src/cgroup/stats.js";
import { decodeResponse } from "../../../src/criu/messages.js";
import { TsruncError } from "../../../src/errors/errors.js";
import { parseCgroupMounts, parseOwnCgroups } from "../../../src/host/facts.js";
import { decodeChildMessage, Kind, Writer } from "../../../src/plan/wire.js";
import { errorLines } from "../../../src/runtime/criu-log.js";
import { parseStat } from "../../../src/runtime/proc.js";
import { filterTable } from "../../../src/runtime/ps.js";
import { parseArgs } from "../../../src/cli/argv.js";
import { globalFlags } from "../../../src/cli/globals.js";
import type { Random } from "../../support/random.js";
import { Finding, type Target } from "../target.js";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

const readers: readonly ((input: Uint8Array) => unknown)[] = [
  decodeChildMessage,
  decodeResponse,
  (input) => parseCgroupMounts(text(input)),
  (input) => parseOwnCgroups(text(input)),
  (input) => parseStat(text(input)),
  (input) => keyValues(text(input), "memory.stat"),
  (input) => parseCpuList(text(input)),
  (input) => errorLines(text(input)),
  (input) => filterTable(text(input), new Set([1, 2])),
  (input) => parseArgs(text(input).split(/[\0\n ]/), globalFlags, input.length % 2 === 0),
];

function failMessage(): Uint8Array {
  const writer = new Writer();
  writer.u32(Kind.FAIL);
  writer.u32(3);
  writer.i32(2);
  for (const word of ['open("/a", O_RDONLY)', "/a", ""]) writer.str(word);
  return writer.finish();
}

const seeds: readonly Uint8Array[] = [
  failMessage(),
  Uint8Array.of(1, 0, 0, 0, 5, 0, 0, 0),
  Uint8Array.of(4, 0, 0, 0, 5, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8),
  Uint8Array.of(8, 1, 16, 1, 0x4a, 4, 8, 2, 16, 3, 0x78, 22),
  bytes("36 35 0:31 / /sys/fs/cgroup/memory rw,nosuid shared:9 - cgroup cgroup rw,memory\n37 35 0:32 /a\\040b /c rw - cgroup2 none rw\n"),
  bytes("12:memory:/a\n11:cpu,cpuacct:/\n0::/user.slice\n"),
  bytes("1 (a) b) S 0 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 12345 1 2\n"),
  bytes("cache 18446744073709551615\nrss 4096\n"),
  bytes("0-3,7,9-10\n"),
  bytes("(00.1) Error (criu/x.c:1): no\n(00.2) Warn  (criu/y.c:2): a\n"),
  bytes("UID PID PPID CMD\nroot 1 0 init\nroot 2 1 sh -c a\n"),
  bytes("--root /a --log b.log --log-format json create -b /c --pid-file=d --no-pivot=true e -- f"),
];

function make(random: Random): Uint8Array {
  const other = random.pick(seeds);
  let made = [...random.pick(seeds)];
  for (let edits = random.size(8); edits > 0; edits--) {
    const at = random.below(made.length + 1);
    const change = random.below(5);
    if (change === 0) made[at] = random.once(2) ? random.below(256) : random.pick([0, 10, 32, 45, 58, 255, 128]);
    else if (change === 1) made.splice(at, random.size(16));
    else if (change === 2) made.splice(at, 0, ...other.subarray(random.below(other.length), random.below(other.length + 1)));
    else if (change === 3)
      made.splice(at, 0, ...Array.from({ length: random.size(40) }, () => random.pick([48, 57, 255, 0, 40, 41, 92, 32, 10])));
    else made = made.slice(0, at);
  }
  return Uint8Array.from(made);
}

export function messagesTarget(): Target {
  return {
    name: "messages",
    usual: 20_000,
    make,
    examine(input, random) {
      const reader = random.pick(readers);
      try {
        reader(input);
        return "taken";
      } catch (error) {
        if (error instanceof TsruncError) return "refused";
        throw new Finding(`${reader.name || String(reader)}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    },
  };
}
