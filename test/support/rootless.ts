// Commands of a user who is not root, with subordinate ids and cgroups of his own: `as-user` of the VM harness (docs/testing-vm.md).
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import { type CommandResult, runCommand, waitUntil } from "./command.js";
import type { StateJson } from "./runtime.js";
import { type Bundle, Scratch } from "./scratch.js";
import { tsruncPath } from "./paths.js";
import { findProgram, needsContainers } from "./requirements.js";

export const uid = 1000;
export const stateRoot = `/run/user/${uid}/tsrunc`;

/** false, or the reason to skip. */
export function needsUser(): string | false {
  if (findProgram("as-user") === undefined) return "needs as-user, of the virtual machine: npm run test:vm";
  return needsContainers("cgroup2");
}

export class User {
  readonly scratch: Scratch;
  #count = 0;

  constructor(t: TestContext) {
    this.scratch = new Scratch();
    t.after(() => this.#cleanup());
  }

  /** In a cgroup that is delegated to the user. */
  run(args: readonly string[]): Promise<CommandResult> {
    return runCommand("as-user", [tsruncPath, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  }

  /** Not as `run`: in a cgroup of root's, with no right to any other. */
  withoutDelegation(args: readonly string[], as = uid): Promise<CommandResult> {
    const env = { PATH: "/usr/bin:/bin", USER: as === uid ? "tester" : "nobody-else" };
    return runCommand("setpriv", [`--reuid=${as}`, `--regid=${as}`, "--clear-groups", tsruncPath, "--root", this.otherRoot(as), ...args], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
  }

  otherRoot(as = uid): string {
    const path = this.scratch.path(`state-${as}`);
    execFileSync("install", ["-d", "-o", String(as), path]);
    return path;
  }

  async ok(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(args);
    assert.deepEqual({ args, code, stderr }, { args, code: 0, stderr: "" }, stdout);
    return stdout;
  }

  /** `create` or `run --detach`, with the container's output and the command's own in a file: a pipe would not end. Returns its pid. */
  async start(
    id: string,
    bundle: Bundle,
    args: readonly string[] = ["run", "--detach"],
    as: readonly string[] = ["as-user"],
  ): Promise<number> {
    const output = this.scratch.path(`output-${id}`);
    writeFileSync(output, "");
    const command = `output=$1; shift; exec "$@" >>"$output" 2>&1`;
    const wrapped = ["-c", command, "sh", output, ...as, tsruncPath, ...args, "--bundle", bundle.dir, id];
    const { code } = await runCommand("sh", wrapped, { stdio: ["ignore", "ignore", "ignore"] });
    assert.equal(code, 0, readFileSync(output, "utf8"));
    return as.length > 1 ? 0 : (await this.state(id)).pid;
  }

  async state(id: string): Promise<StateJson> {
    return JSON.parse(await this.ok("state", id)) as StateJson;
  }

  waitFor(id: string, status: string): Promise<void> {
    return waitUntil(`${id} is ${status}`, async () => (await this.state(id)).status === status);
  }

  id(): string {
    return `${this.scratch.marker}-u${++this.#count}`;
  }

  /** What `spec --rootless` writes, but for the program and the terminal. */
  async bundle(script: string, change: (config: Bundle["config"]) => void = () => undefined, owner = uid): Promise<Bundle> {
    const bundle = this.scratch.makeBundle();
    execFileSync("chown", ["-R", `${owner}:${owner}`, bundle.dir]);
    execFileSync("rm", [join(bundle.dir, "config.json")]);
    await this.ok("spec", "--rootless", "--bundle", bundle.dir);
    const config = JSON.parse(readFileSync(join(bundle.dir, "config.json"), "utf8")) as Bundle["config"];
    config.process.terminal = false;
    config.process.args = ["sh", "-c", script];
    change(config);
    writeFileSync(join(bundle.dir, "config.json"), JSON.stringify(config));
    return { ...bundle, config };
  }

  /** Runs in the foreground. */
  async runs(script: string, change?: (config: Bundle["config"]) => void): Promise<CommandResult> {
    const bundle = await this.bundle(script, change);
    return this.run(["run", "--bundle", bundle.dir, this.id()]);
  }

  async #cleanup(): Promise<void> {
    const ids = JSON.parse((await this.run(["list", "--format", "json"])).stdout || "null") as { id: string }[] | null;
    for (const { id } of ids ?? []) if (id.startsWith(this.scratch.marker)) await this.run(["delete", "--force", id]);
    await this.scratch.cleanup();
  }
}
