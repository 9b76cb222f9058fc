// The shortest way to a container: a script in, its output out.
import type { TestContext } from "node:test";
import assert from "node:assert/strict";
import type { CommandOptions, CommandResult } from "./command.js";
import { type ConfigPatch, applyPatch } from "./config.js";
import { Scratch } from "./scratch.js";
import { tsruncPath } from "./paths.js";

export interface RunOptions extends CommandOptions {
  readonly runtime?: string;
  readonly args?: readonly string[];
}

/** Runs `script` with busybox's sh in a container of its own, in the foreground. Any exit code is fine. */
export async function runContainer(
  t: TestContext,
  script: string,
  patch: ConfigPatch = {},
  options: RunOptions = {},
): Promise<CommandResult> {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle((config) => {
    config.process.args = ["sh", "-c", script];
    applyPatch(config, patch);
  });
  return scratch
    .runtime(options.runtime ?? tsruncPath)
    .run(["run", "--bundle", bundle.dir, ...(options.args ?? []), scratch.id()], options);
}

/** As runContainer; the exit code must be 0 and stderr empty. Returns stdout. */
export async function runInContainer(t: TestContext, script: string, patch: ConfigPatch = {}, options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await runContainer(t, script, patch, options);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" }, stdout);
  return stdout;
}
