// A runtime (tsrunc, runc, crun) with a state root of its own.
import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import assert from "node:assert/strict";
import { type CommandOptions, type CommandResult, runCommand, startCommand, waitUntil } from "./command.js";

export interface StateJson {
  readonly ociVersion: string;
  readonly id: string;
  readonly status: string;
  readonly pid: number;
  readonly bundle: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export class Runtime {
  readonly path: string;
  readonly root: string;

  constructor(path: string, root: string) {
    this.path = path;
    this.root = root;
  }

  /** `RUNTIME --root ROOT args...`. Never rejects for an exit code. */
  run(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return runCommand(this.path, ["--root", this.root, ...args], options);
  }

  start(args: readonly string[], options: CommandOptions = {}): ChildProcess {
    return startCommand(this.path, ["--root", this.root, ...args], options);
  }

  /** As run, but the command must succeed and print nothing on stderr. */
  async ok(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const result = await this.run(args, options);
    const { code, stderr } = result;
    assert.deepEqual({ command: args, code, stderr }, { command: args, code: 0, stderr: "" });
    return result;
  }

  /**
   * `create` with stdin from /dev/null and the container's stdout and stderr to `output` (a descriptor; by default nowhere).
   * Not pipes: a created container keeps them open, and the caller would wait for their end. `create`'s own messages go to the same place.
   */
  create(id: string, bundle: string, args: readonly string[] = [], output: number | "ignore" = "ignore"): Promise<CommandResult> {
    return this.run(["create", "--bundle", bundle, ...args, id], { stdio: ["ignore", output, output] });
  }

  async state(id: string): Promise<StateJson> {
    return JSON.parse((await this.ok(["state", id])).stdout) as StateJson;
  }

  waitFor(id: string, status: string, timeoutMs?: number): Promise<void> {
    return waitUntil(`${id} is ${status}`, async () => (await this.state(id)).status === status, timeoutMs);
  }

  /** Ids that have a state directory. */
  ids(): string[] {
    return existsSync(this.root) ? readdirSync(this.root).filter((name) => !name.startsWith(".")) : [];
  }

  async deleteAll(): Promise<void> {
    for (const id of this.ids()) await this.run(["delete", "--force", id]).catch(() => undefined);
  }
}
