// Of Markdown what the tests of the documents need: tables, links, headings.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sourceRoot } from "../../support/paths.js";

export const readDocument = (path: string): string => readFileSync(join(sourceRoot, path), "utf8");

/** Those that a reader comes to, as paths from the root. */
export function documents(): string[] {
  const markdown = (directory: string): string[] =>
    readdirSync(join(sourceRoot, directory), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".md") && !name.includes("rootfs/"))
      .map((name) => join(directory, name));
  return ["README.md", "CHANGELOG.md", "SECURITY.md", ...markdown("docs"), ...markdown("bundle-examples")];
}

/** The cells of the table below a heading, without its first two lines. */
export function tableBelow(text: string, heading: string): string[][] {
  const lines = text.split("\n");
  const begin = lines.indexOf(heading);
  if (begin < 0) throw new Error(`no heading "${heading}"`);
  const first = lines.findIndex((line, index) => index > begin && line.startsWith("|"));
  const length = lines.slice(first).findIndex((line) => !line.startsWith("|"));
  return lines.slice(first + 2, first + length).map((line) =>
    line
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim()),
  );
}

/** `[name]: target` lines. */
export function references(text: string): Map<string, string> {
  return new Map([...text.matchAll(/^\[([^\]]+)\]: (\S+)$/gm)].map(([, name = "", target = ""]) => [name, target]));
}

export function links(text: string): string[] {
  return [...[...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target), ...references(text).values()];
}

/** As GitHub makes the anchors of headings. */
export function anchors(text: string): Set<string> {
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-");
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => slug(heading)));
}
