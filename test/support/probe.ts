// Builds the probe (probe/probe.c), once for each version of its source, and reads what it prints.
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { outDirectory, sourceRoot } from "./paths.js";

const source = join(sourceRoot, "test/support/probe/probe.c");

/** Path of the static executable. */
export function probePath(): string {
  const path = join(outDirectory, "probe", "probe");
  if (existsSync(path) && statSync(path).mtimeMs >= statSync(source).mtimeMs) return path;
  mkdirSync(join(outDirectory, "probe"), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  execFileSync("gcc", ["-O1", "-static", "-o", temporary, source]);
  renameSync(temporary, path);
  return path;
}

export function installProbe(rootfs: string): void {
  copyFileSync(probePath(), join(rootfs, "probe"));
}

/** Lines by section. */
export type Sections = Readonly<Record<string, readonly string[]>>;

export function parseSections(text: string): Record<string, string[]> {
  const sections: Record<string, string[]> = {};
  let lines: string[] = [];
  for (const line of text.replaceAll("\r", "").split("\n")) {
    if (line.startsWith("== ")) sections[line.slice(3)] = lines = [];
    else if (line !== "") lines.push(line);
  }
  return sections;
}
