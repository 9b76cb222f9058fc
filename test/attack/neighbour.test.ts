// A second container that shares a volume with the one that is being made, and swaps what is in it all the time: CVE-2021-30465, CVE-2024-45310.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { attack, installAttacker, type Scene } from "../support/attack.js";
import { applyPatch, baseConfig, type ConfigPatch } from "../support/config.js";
import { runTargetOf } from "../support/exec.js";
import { needsContainers } from "../support/requirements.js";
import type { Bundle } from "../support/scratch.js";

const skip = needsContainers("gcc");

/** Paths that lead through what is swapped. */
const ROUNDS = process.env["TSRUNC_LONG"] === undefined ? 600 : 10_000;
const PATHS = 60;

const below = (name: string): string[] => Array.from({ length: PATHS }, (_, index) => `/vol/dir/${name}-${index}`);

/** Below `/vol/dir`, which is a directory at one moment and a symlink to a directory that is there on the host and in the image, at another. */
function victim(scene: Scene, volume: string, outside: string, patch: ConfigPatch): Bundle {
  const bundle = scene.scratch.makeBundle((config) => {
    config.process.args = ["true"];
    config.mounts.push({ destination: "/vol", type: "bind", source: volume, options: ["rbind"] });
    applyPatch(config, patch);
  });
  mkdirSync(join(bundle.rootfs, outside), { recursive: true });
  return bundle;
}

/** How many paths of the victim were gone through: a mount whose place was swapped meanwhile ends it. */
function roundsOf(code: number | null, stderr: string): number {
  if (code === 0) return PATHS;
  const [, mount] = /mounts\/(\d+)\/tmpfs .*ESTALE/.exec(stderr) ?? assert.fail(stderr);
  return Number(mount) - baseConfig().mounts.length;
}

test(
  "a neighbour swaps a directory of a shared volume with a symlink to the host",
  { skip },
  attack("resolve-in-root", async (scene) => {
    const { scratch, runtime, weak } = scene;
    const [volume, outside] = [scratch.path("volume"), scratch.path("outside")];
    for (const directory of [join(volume, "dir"), outside]) mkdirSync(directory, { recursive: true });
    symlinkSync(outside, join(volume, "link"));
    const neighbour = await runTargetOf(scratch, runtime, (config) => {
      config.process.args = ["/attacker", "swap", "/vol/dir", "/vol/link"];
      config.mounts.push({ destination: "/vol", type: "bind", source: volume, options: ["rbind"] });
      config.mounts.push({ destination: "/attacker", type: "bind", source: attackerOf(scratch.path("attacker")), options: ["bind", "ro"] });
    });
    const victims = [
      victim(scene, volume, outside, { linux: { devices: below("node").map((path) => ({ path, type: "c", major: 1, minor: 3 })) } }),
      victim(scene, volume, outside, { linux: { maskedPaths: below("node"), readonlyPaths: below("node") } }),
      victim(scene, volume, outside, (config) => {
        config.mounts.push(...below("mount").map((destination) => ({ destination, type: "tmpfs", source: "tmpfs" })));
      }),
    ];
    for (let run = 0, rounds = 0; rounds < ROUNDS; run++) {
      const { code, stderr } = await runtime.run(["run", "--bundle", (victims[run % 3] as Bundle).dir, scratch.id()]);
      if (readdirSync(outside).length > 0) return true;
      rounds += weak ? 0 : roundsOf(code, stderr);
    }
    assert.ok(existsSync(`/proc/${neighbour.pid}`));
    return readFileSync("/proc/self/mountinfo", "utf8").includes(outside);
  }),
);

function attackerOf(path: string): string {
  installAttacker(path);
  return path;
}
