// Command lines: those that mean something, and such as nobody would write. None names a path outside of the directory that it is called in:
// what is tried here as root must not harm the machine.
import type { Command, Flag } from "../../src/cli/command.js";
import { globalFlags } from "../../src/cli/globals.js";
import { commands } from "../../src/cli/table.js";
import type { Random } from "../support/random.js";

const words = [
  ...[
    "",
    "-",
    "--",
    "---",
    "-x",
    "--no-such",
    "=",
    "a=b",
    "--=",
    "-=1",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "9",
    "TERM",
    "SIGKILL",
    "SIGRTMAX",
    "99999999999999999999",
  ],
  ...[
    "a b",
    "a\nb",
    "é",
    "\u001b[2J",
    "\u009b",
    "%s%n",
    "a".repeat(200),
    "a".repeat(5000),
    "x".repeat(100_000),
    "__proto__",
    "constructor",
    "toString",
  ],
  ...[
    "1.5",
    "1e3",
    "0x10",
    "NaN",
    "1h2m",
    "64M",
    "0-1",
    "max",
    "json",
    "table",
    "text",
    "{}",
    "[",
    "null",
    "\ud800",
    "\ufeff",
    "KEY=VALUE",
    "=VALUE",
    "1:2",
    "::",
    "help",
    "h",
  ],
];

/** What flags of their kind mean. */
const fitting: Readonly<Record<string, readonly string[]>> = {
  bundle: ["../bundle-1", "../bundle-1/", "nowhere", "file", "bad"],
  "console-socket": ["nowhere", "file"],
  "pidfd-socket": ["nowhere", "file"],
  "pid-file": ["made.pid", "nowhere/made.pid", "file/made.pid"],
  "preserve-fds": ["0", "1", "100", "100000000", "-1"],
  process: ["process.json", "file", "nowhere"],
  resources: ["resources.json", "file", "nowhere", "-"],
  log: ["made.log", "nowhere/made.log", "bundle"],
  "log-format": ["json", "text", "xml"],
  trace: ["made.trace", "nowhere/made.trace"],
  "image-path": ["made.image"],
  "work-path": ["made.work"],
  "parent-path": ["made.parent"],
  format: ["json", "table", "yaml"],
  interval: ["1s", "0", "-1s"],
  cwd: ["/", "nowhere"],
  user: ["0", "0:0", "1000:1000", "root", "-1", "4294967296"],
  env: ["A=B", "A", ""],
  cap: ["CAP_KILL", "CAP_NOT"],
};

/** Flags whose value is a path must not get another one: it would be written to. */
const paths = new Set([
  "bundle",
  "console-socket",
  "pidfd-socket",
  "pid-file",
  "log",
  "trace",
  "image-path",
  "work-path",
  "parent-path",
  "root",
]);

/** Words that a path may be made of, here. */
const harmless = words.filter((word) => word !== "" && !word.includes("/"));

function value(flag: Flag, random: Random): string {
  const known = fitting[flag.name];
  if (known !== undefined && !random.once(4)) return random.pick(known);
  return random.pick(paths.has(flag.name) ? harmless : words);
}

function flagWords(flags: readonly Flag[], random: Random): string[] {
  const flag = random.pick(flags);
  const name = random.once(30) ? flag.name.toUpperCase() : flag.short !== undefined && random.once(2) ? flag.short : flag.name;
  const dashes = random.pick(["--", "--", "-"]);
  if (flag.value === undefined) return [`${dashes}${name}${random.once(6) ? `=${random.pick(["true", "false", "1", "maybe", ""])}` : ""}`];
  return random.once(2) ? [`${dashes}${name}=${value(flag, random)}`] : [`${dashes}${name}`, value(flag, random)];
}

/** Not those that wait for something that does not come here, nor what says where state is. */
const left = new Set(["root", "criu", "systemd-cgroup", "cgroup-manager"]);

export interface Line {
  readonly name: string;
  readonly args: readonly string[];
}

export async function allCommands(): Promise<Command[]> {
  return Promise.all(Object.values(commands).map(async (load) => (await load()).command));
}

/** `there`: ids of containers that exist. */
export function commandLine(all: readonly Command[], random: Random, there: readonly string[], fresh: string): Line {
  const command = random.pick(all);
  const before = random.once(4)
    ? flagWords(
        globalFlags.filter(({ name }) => !left.has(name)),
        random,
      )
    : [];
  const name = random.once(30) ? random.pick(words) : command.name;
  const args: string[] = [];
  for (let flags = random.size(4); flags > 0 && command.flags.length > 0; flags--) args.push(...flagWords(command.flags, random));
  // events of a container that exists goes on until it ends.
  const ids =
    command.name === "events" ? ["nowhere"] : [...there, fresh, "nowhere", "", ".", "..", "a/b", "../a", "é", "-1", "a".repeat(2000)];
  const positional = Math.max(0, Math.min(command.max, 3) - (random.once(10) ? 1 : 0)) + (random.once(20) ? 1 : 0);
  for (let index = 0; index < positional; index++) args.push(index === 0 && !random.once(8) ? random.pick(ids) : random.pick(words));
  if (random.once(10)) args.splice(random.below(args.length + 1), random.below(2), random.pick(words));
  return { name, args: [...before, name, ...args].map((word) => word.replaceAll("\0", "")) };
}
