// Runs a command and collects what it printed.
import { type ChildProcess, spawn } from "node:child_process";

export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** The whole environment; by default only PATH. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly input?: string | Uint8Array | undefined;
  /** SIGKILL after it; 60 s by default. */
  readonly timeoutMs?: number | undefined;
  /** stdio of the command, descriptors 3 and up included; by default three pipes. */
  readonly stdio?: readonly ("pipe" | "ignore" | "inherit" | number)[] | undefined;
}

export interface CommandResult {
  /** null when it was killed by `signal`. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

export const plainEnvironment: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
};

/** How many times longer than usual to wait before giving up: an emulated machine is slow. */
export const patience = Number(process.env["TSRUNC_TEST_PATIENCE"] ?? 1);

export function startCommand(command: string, args: readonly string[], options: CommandOptions = {}): ChildProcess {
  return spawn(command, [...args], {
    cwd: options.cwd,
    env: { ...(options.env ?? plainEnvironment) },
    stdio: [...(options.stdio ?? ["pipe", "pipe", "pipe"])],
  });
}

/** Never rejects for an exit code. Resolves when the process has ended and its pipes are closed. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((done, fail) => {
    const child = startCommand(command, args, options);
    const output = { stdout: "", stderr: "" };
    let timedOut = false;
    const timer = setTimeout(
      () => {
        timedOut = true;
        child.kill("SIGKILL");
      },
      patience * (options.timeoutMs ?? 60_000),
    );
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output.stdout += chunk));
    child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (output.stderr += chunk));
    child.stdin?.on("error", () => undefined).end(options.input ?? "");
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, ...output, timedOut });
    });
  });
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Polls until `condition` holds; throws after `timeoutMs`, naming `what`. */
export async function waitUntil(what: string, condition: () => boolean | Promise<boolean>, timeoutMs = 15_000): Promise<void> {
  const end = Date.now() + patience * timeoutMs;
  for (let pause = 2; !(await condition()); pause = Math.min(pause * 2, 100)) {
    if (Date.now() > end) throw new Error(`waited ${patience * timeoutMs} ms in vain: ${what}`);
    await sleep(pause);
  }
}
