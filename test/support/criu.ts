// A criu that works on this kernel: the one that TSRUNC_CRIU names, else that of PATH.
import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { plainEnvironment } from "./command.js";
import { findProgram, needsContainers } from "./requirements.js";
import type { Scratch } from "./scratch.js";

const criu = process.env["TSRUNC_CRIU"] ?? findProgram("criu");

/** false, or why checkpoint and restore cannot be tried here. */
export function needsCriu(): string | false {
  const missing = needsContainers();
  if (missing !== false) return missing;
  if (criu === undefined) return "needs criu (TSRUNC_CRIU or PATH)";
  const { status, stdout, stderr } = spawnSync(criu, ["check"], { encoding: "utf8", env: plainEnvironment });
  return status === 0 ? false : `criu check: ${(stderr || stdout).trim().split("\n").at(-1) ?? "failed"}`;
}

/** An environment in whose PATH that criu is the first. */
export function criuEnvironment(scratch: Scratch): Record<string, string> {
  const directory = scratch.path("criu-bin");
  mkdirSync(directory, { recursive: true });
  if (criu !== undefined) symlinkSync(criu, `${directory}/criu`);
  return { ...plainEnvironment, PATH: `${directory}:${plainEnvironment["PATH"]}` };
}

/** What --pre-dump and --parent-path need: CONFIG_MEM_SOFT_DIRTY. */
export function tracksMemory(): boolean {
  return criu !== undefined && spawnSync(criu, ["check", "--feature", "mem_dirty_track"], { env: plainEnvironment }).status === 0;
}
