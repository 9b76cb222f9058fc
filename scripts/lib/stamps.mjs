// Incremental steps: a step is skipped when its inputs (paths, sizes, times) and its key are what they were and its outputs exist.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** All files below `paths` (files or directories), sorted. */
export function filesBelow(...paths) {
  const found = [];
  for (const path of paths) {
    if (!existsSync(path)) continue;
    if (statSync(path).isDirectory()) found.push(...filesBelow(...readdirSync(path).map((name) => join(path, name))));
    else found.push(path);
  }
  return found.sort();
}

function fingerprint(inputs, key) {
  const hash = createHash("sha256").update(JSON.stringify(key ?? null));
  for (const path of filesBelow(...inputs)) {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest("hex");
}

/** Runs `work` unless nothing changed since it last succeeded, and prints one line about it. */
export async function step(out, name, { inputs, outputs, key }, work) {
  const directory = join(out, "stamps");
  const stamp = join(directory, name.replaceAll(/[^\w.-]+/g, "-"));
  const now = fingerprint(inputs, key);
  const fresh = existsSync(stamp) && readFileSync(stamp, "utf8") === now && outputs.every((path) => existsSync(path));
  if (fresh) return progress(name, "up to date");
  const begin = performance.now();
  await work();
  // The inputs as they were before: a file that changed meanwhile makes the next build do it again.
  mkdirSync(directory, { recursive: true });
  writeFileSync(stamp, now);
  progress(name, `${((performance.now() - begin) / 1000).toFixed(1)} s`);
}

export function progress(name, text) {
  process.stdout.write(`build: ${name.padEnd(12)} ${text}\n`);
}
