// A container that waits for processes to be added by `exec`.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { CommandOptions, CommandResult } from "./command.js";
import { applyPatch, type ConfigPatch } from "./config.js";
import { processesIn } from "./cgroups.js";
import { type Bundle, Scratch } from "./scratch.js";
import type { Runtime } from "./runtime.js";

export interface Target {
  readonly scratch: Scratch;
  readonly runtime: Runtime;
  readonly bundle: Bundle;
  readonly id: string;
  readonly pid: number;
  /** `exec FLAGS ID COMMAND`; any exit code. */
  exec(flags: readonly string[], command: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** The script must end with 0 and print nothing on stderr. Returns stdout. */
  sh(script: string, flags?: readonly string[], options?: CommandOptions): Promise<string>;
  /** Processes in its cgroup, zombies included. */
  processes(): number[];
}

/** Its init sleeps, unless `patch` says otherwise. */
export async function runTarget(t: TestContext, patch: ConfigPatch = {}, flags: readonly string[] = []): Promise<Target> {
  const scratch = new Scratch(t);
  return runTargetOf(scratch, scratch.runtime(), patch, flags);
}

export async function runTargetOf(
  scratch: Scratch,
  runtime: Runtime,
  patch: ConfigPatch = {},
  flags: readonly string[] = [],
): Promise<Target> {
  const bundle = scratch.makeBundle((config) => {
    config.process.args = ["sleep", "1000"];
    config.linux.cgroupsPath = `/${scratch.marker}`;
    applyPatch(config, patch);
  });
  const id = scratch.id();
  const started = await runtime.run(["run", "--detach", ...flags, "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] });
  assert.equal(started.code, 0);
  const { pid } = await runtime.state(id);
  const exec = (more: readonly string[], command: readonly string[], options?: CommandOptions) =>
    runtime.run(["exec", ...more, id, ...command], options);
  const sh = async (script: string, more: readonly string[] = [], options?: CommandOptions) => {
    const { code, stdout, stderr } = await exec(more, ["sh", "-c", script], options);
    assert.deepEqual({ script, code, stderr }, { script, code: 0, stderr: "" });
    return stdout;
  };
  return { scratch, runtime, bundle, id, pid, exec, sh, processes: () => processesIn(scratch.marker) };
}

/** The error of an exec that we could not carry out: exit code 255, one line. */
export function assertRefused({ code, stdout, stderr }: CommandResult, text: RegExp): void {
  assert.deepEqual({ code, stdout, lines: stderr.trimEnd().split("\n").length }, { code: 255, stdout: "", lines: 1 }, stderr);
  assert.match(stderr, text);
}

export function statusOf(pid: number): Record<string, string> {
  const lines = readFileSync(join("/proc", String(pid), "status"), "utf8").split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/:\s*/, 2) as [string, string]));
}
