// What the documents name is there: files, anchors, npm scripts, subsets of the tests.
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { sourceRoot } from "../../support/paths.js";
import { anchors, documents, links, readDocument } from "./markdown.js";

const all = documents();
const tests = readdirSync(join(sourceRoot, "test"), { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".test.ts"));
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, found = ""]) => found);

for (const document of all) {
  const text = readDocument(document);

  test(`${document}: links`, () => {
    for (const link of links(text).filter((target) => !/^https?:/.test(target))) {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? document : join(dirname(document), path);
      assert.ok(existsSync(join(sourceRoot, target)), link);
      if (anchor !== undefined) assert.ok(anchors(readDocument(target)).has(anchor), link);
    }
  });

  test(`${document}: paths of the source tree`, () => {
    // Not patterns (exec*.test.ts, {a,b}.test.ts), and nothing that a build or an example makes.
    const pattern = /(?<![\w./-])((?:src|test|scripts|docs|addon|spec-schemas|bundle-examples)\/[\w./-]*\w)(?![\w*{<]|\/[*{<])/g;
    for (const path of matches(text, pattern)) {
      if (/^bundle-examples\/.*(\/rootfs|hooks\.log)/.test(path)) continue;
      assert.ok(existsSync(join(sourceRoot, path)), path);
    }
  });

  test(`${document}: npm scripts, and tests by name`, () => {
    const { scripts } = JSON.parse(readFileSync(join(sourceRoot, "package.json"), "utf8")) as { scripts: Record<string, string> };
    for (const name of matches(text, /npm run ([\w:-]+)/g)) assert.ok(Object.hasOwn(scripts, name), `npm run ${name}`);
    for (const words of matches(text, /node scripts\/test\.mjs ([^`\n]+)/g)) {
      for (const subset of words.split(" ").filter((word) => word.includes("/"))) {
        assert.ok(
          tests.some((path) => path.startsWith(subset)),
          subset,
        );
      }
    }
  });
}

test("docs/index.md leads to every page", () => {
  const listed = links(readDocument("docs/index.md")).map((target) => join("docs", target));
  for (const page of all.filter((path) => /^docs\/[^/]+\.md$/.test(path) && path !== "docs/index.md")) {
    assert.ok(listed.includes(page), page);
  }
});
