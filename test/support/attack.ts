// An attack is tried twice: on the tested executable, which must stop it, and on one in which the defence that it is about is left out
// (scripts/build.mjs --weaken), where it must succeed. Else it would prove nothing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { outDirectory, sourceRoot, tsruncPath } from "./paths.js";
import type { Runtime } from "./runtime.js";
import { Scratch } from "./scratch.js";

export const weakPath = join(outDirectory, "weak/tsrunc");

export interface Scene {
  readonly t: TestContext;
  readonly scratch: Scratch;
  readonly runtime: Runtime;
  /** Whether it is the weakened one: an attack that depends on luck is tried there until it succeeds. */
  readonly weak: boolean;
}

/**
 * A test of two halves. `without`: the defences to leave out in the second. `run` says whether the attack succeeded; that it was carried out
 * at all is for it to assert.
 */
export function attack(without: string | ((scratch: Scratch) => string), run: (scene: Scene) => Promise<boolean>) {
  return async (t: TestContext): Promise<void> => {
    const scratch = new Scratch(t);
    assert.equal(await run({ t, scratch, runtime: scratch.runtime(), weak: false }), false, "the attack succeeded");
    // It is made of Node's: with the other host the first half is enough.
    if (tsruncPath !== join(outDirectory, "tsrunc")) return;
    if (!existsSync(weakPath)) return t.skip(`stopped; that it is an attack needs ${weakPath} (node scripts/build.mjs --weaken)`);
    const other = new Scratch(t);
    const names = typeof without === "string" ? without : without(other);
    const runtime = other.runtime(weakened(other, names));
    assert.equal(await run({ t, scratch: other, runtime, weak: true }), true, `the attack failed without ${names}`);
  };
}

/** An executable to call in place of the weakened runtime: --root and the like come from the caller, the names of defences from here. */
function weakened(scratch: Scratch, without: string): string {
  const path = scratch.path("weakened");
  writeFileSync(path, `#!/bin/sh\nTSRUNC_WEAKEN='${without}' exec ${weakPath} "$@"\n`, { mode: 0o755 });
  return path;
}

/** Copies the static executable of test/attack/tools/attacker.c to `to`. */
export function installAttacker(to: string): void {
  const source = join(sourceRoot, "test/attack/tools/attacker.c");
  const path = join(outDirectory, "probe/attacker");
  if (!existsSync(path) || statSync(path).mtimeMs < statSync(source).mtimeMs) {
    mkdirSync(join(outDirectory, "probe"), { recursive: true });
    execFileSync("gcc", ["-O1", "-static", "-o", `${path}.${process.pid}`, source]);
    renameSync(`${path}.${process.pid}`, path);
  }
  copyFileSync(path, to);
}
