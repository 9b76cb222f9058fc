// The command lines of engines that the shared file engines/calls.md lists, with the descriptors, environment and stdin they had.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sharedDirectory } from "./shared-bundles.js";

const file = join(sharedDirectory, "engines/calls.md");

/** One set of circumstances in which a command line was called. */
export interface Circumstances {
  readonly cwd: string;
  /** What each descriptor was: `/dev/null`, `pipe:`, `socket:`, another path. */
  readonly fds: ReadonlyMap<number, string>;
  /** Only the values that matter are recorded. */
  readonly env: ReadonlyMap<string, string | undefined>;
}

export interface RecordedCall {
  readonly engine: string;
  /** Of calls.md. */
  readonly line: number;
  /** Without the runtime's path. `<id>`, `<n>` and `<path>` stand for what was abstracted. */
  readonly words: readonly string[];
  /** `create`, `--version`... */
  readonly verb: string;
  readonly circumstances: readonly Circumstances[];
  readonly stdins: readonly string[];
}

/** false when the list is there, else why the tests are skipped. */
export function recordedCallsMissing(): string | false {
  return existsSync(file) ? false : `${file} is not there (TSRUNC_SHARED names another place)`;
}

function parsePairs(text: string, separator: string): [string, string | undefined][] {
  return text.split(" ").map((item) => {
    const at = item.indexOf(separator);
    return at < 0 ? [item, undefined] : [item.slice(0, at), item.slice(at + separator.length)];
  });
}

function parseCircumstances(line: string): Circumstances | undefined {
  const match = /^ {2}- cwd `([^`]*)`; fds `([^`]*)`; env `([^`]*)`$/.exec(line);
  if (match === null) return undefined;
  const [, cwd = "", fds = "", env = ""] = match;
  return {
    cwd,
    fds: new Map(parsePairs(fds, "->").map(([fd, target]) => [Number(fd), target ?? ""])),
    env: new Map(parsePairs(env, "=")),
  };
}

const verbOf = (words: readonly string[]): string =>
  words.find((word) => /^(create|start|state|exec|kill|delete|pause|resume|ps|update|checkpoint|restore|run|--version)$/.test(word)) ?? "";

/** All of them, in the file's order. Throws for a line of the list that is in no known form, so that none is left out silently. */
export function recordedCalls(): RecordedCall[] {
  if (recordedCallsMissing() !== false) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  const start = lines.findIndex((line) => line.startsWith("## Listing of all distinct calls"));
  const calls: (RecordedCall & { circumstances: Circumstances[]; stdins: string[] })[] = [];
  let engine = "";
  for (const [index, line] of lines.entries()) {
    if (index <= start || line === "" || (engine === "" && !line.startsWith("### "))) continue;
    const command = /^- `RUNTIME ([^`]*)`/.exec(line)?.[1]?.split(" ");
    const circumstances = parseCircumstances(line);
    const stdin = /^ {2}- stdin `([^`]*)`$/.exec(line)?.[1];
    if (line.startsWith("### ")) engine = line.slice(4);
    else if (command) calls.push({ engine, line: index + 1, words: command, verb: verbOf(command), circumstances: [], stdins: [] });
    else if (circumstances) calls.at(-1)?.circumstances.push(circumstances);
    else if (stdin !== undefined) calls.at(-1)?.stdins.push(stdin);
    else throw new Error(`${file}:${index + 1}: not in the form of a recorded call: ${line}`);
  }
  return calls;
}
