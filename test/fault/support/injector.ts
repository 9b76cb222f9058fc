// Builds inject.cc, once for each version of its source, and runs commands of the runtime under it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandOptions, type CommandResult, runCommand } from "../../support/command.js";
import { outDirectory, sourceRoot } from "../../support/paths.js";
import { needsContainers } from "../../support/requirements.js";
import type { Runtime } from "../../support/runtime.js";

const [source = "", header = ""] = ["inject.cc", "registers.h"].map((name) => join(sourceRoot, "test/fault", name));
const architectures = ["x64", "arm64"];

/** false, or why tests that inject are skipped. */
export function needsInjector(): string | false {
  if (!architectures.includes(process.arch)) return "inject.cc does not know this architecture";
  return isBuilt() ? needsContainers() : needsContainers("g++");
}

const directory = join(outDirectory, "inject");
const path = join(directory, "inject");

function isBuilt(): boolean {
  const changed = Math.max(statSync(source).mtimeMs, statSync(header).mtimeMs);
  return existsSync(path) && statSync(path).mtimeMs >= changed;
}

/** Path of the static executable. */
function injectorPath(): string {
  if (isBuilt()) return path;
  mkdirSync(directory, { recursive: true });
  const macros = execFileSync("g++", ["-E", "-dM", "-x", "c++", "-"], { input: "#include <sys/syscall.h>\n", encoding: "utf8" });
  const names = [...macros.matchAll(/^#define __NR_(\w+) [\d(]/gm)].map(([, name]) => `{__NR_${name}, "${name}"},\n`);
  writeFileSync(join(directory, "calls.inc"), names.join(""));
  const temporary = `${path}.${process.pid}`;
  execFileSync("g++", ["-std=c++20", "-O1", "-static", "-fno-exceptions", "-I", directory, "-o", temporary, source]);
  renameSync(temporary, path);
  return path;
}

export type Role = "cli" | "spawn" | "stage" | "init";

/** A system call that a run of the command has made. */
export interface Call {
  readonly role: Role;
  readonly name: string;
  /** The how manieth of this name in this role, from 1. */
  readonly number: number;
  /** Paths among its arguments. */
  readonly text: string;
}

export interface Injection {
  readonly runtime: Runtime;
  readonly args: readonly string[];
  /** The command's calls count from the first one with this in a path. */
  readonly from: string;
  /** `role:call:number=errno|kill|short`; nothing: record. */
  readonly action?: string;
  /** The init of a created container. */
  readonly attach?: number;
  readonly options?: CommandOptions;
}

export interface Injected extends CommandResult {
  /** Without an action all counted calls; with one the call it hit, or nothing where that did not come. */
  readonly calls: readonly Call[];
}

let logs = 0;

export async function inject({ runtime, args, from, action = "none", attach = 0, options }: Injection): Promise<Injected> {
  const log = join(outDirectory, "inject", `log-${process.pid}-${++logs}`);
  const path = injectorPath();
  try {
    const words = [log, from, action, String(attach), "--", runtime.path, "--root", runtime.root, ...args];
    const result = await runCommand(path, words, { timeoutMs: 30_000, ...options });
    return { ...result, calls: parse(readFileSync(log, "utf8")) };
  } finally {
    rmSync(log, { force: true });
  }
}

function parse(log: string): Call[] {
  return log
    .split("\n")
    .map((line) => /^(\w+) (\w+) (\d+) (.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, role, name, number, text]) => ({ role: role as Role, name: name ?? "", number: Number(number), text: (text ?? "").trim() }));
}
