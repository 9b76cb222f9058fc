import { test } from "node:test";
import assert from "node:assert/strict";
import type { TsruncError } from "../../../src/errors/errors.js";
import { checkAddedMounts, parseMountsFile } from "../../../src/spec/mounts-file.js";
import { config, context } from "./rules/support.js";

function problem(text: string): string {
  try {
    checkAddedMounts(parseMountsFile(new TextEncoder().encode(text), "m.json"), config(), context());
    return "";
  } catch (error) {
    return (error as TsruncError).message;
  }
}

test("mounts that can be added", () => {
  assert.equal(problem("[]"), "");
  assert.equal(problem('[{"destination": "/a", "source": "/b", "options": ["rbind", "ro", "rslave"]}]'), "");
  assert.equal(problem('[{"destination": "/proc/cpuinfo", "source": "/b", "options": ["bind"]}]'), "");
  assert.equal(problem('[{"destination": "/a", "type": "proc", "source": "/proc", "options": ["bind"]}]'), "");
  assert.equal(problem('[{"destination": "/a", "type": "overlay", "source": "o", "options": ["lowerdir=/x:/y"]}]'), "");
});

test("each problem by file, line, column and pointer", () => {
  const both = "id-mapped mounts must have both uid and gid mappings specified";
  const cases: [string, string | RegExp][] = [
    ["{}", "m.json:1:1: mounts must be an array"],
    ['{"mounts": []}', "m.json:1:1: mounts must be an array"],
    ['[{"destination": "/a",}]', /^m\.json:1:\d+: /],
    ["", /^m\.json/],
    ['[\n  {"source": "/b"}]', "m.json:2:3 /0/destination: is required, but missing"],
    ['[{"destination": "/a", "type": 3}]', "m.json:1:32 /0/type: must be a string, not 3"],
    ['[{"destination": "/x/..", "type": "tmpfs"}]', 'm.json:1:18 /0/destination: mountpoint "/x/.." is on the top of rootfs'],
    ['[{"destination": "/a"}]', "m.json:1:2 /0: a mount needs a type, unless its options have bind, rbind or remount"],
    [
      '[{"destination": "/proc/sys", "type": "tmpfs"}]',
      'm.json:1:18 /0/destination: "/proc/sys" cannot be mounted because it is inside /proc',
    ],
    ['[{"destination": "/a", "type": "proc"}]', 'm.json:1:32 /0/type: "proc" can be mounted only when a container is created'],
    ['[{"destination": "/a", "options": ["remount"]}]', "m.json:1:36 /0/options/0: remount is possible only when a container is created"],
    ['[{"destination": "/a", "options": ["bind", "idmap"]}]', `m.json:1:44 /0/options/1: ${both}`],
  ];
  for (const [text, want] of cases) {
    const found = problem(text);
    if (typeof want === "string") assert.equal(found, want);
    else assert.match(found, want);
  }
});
