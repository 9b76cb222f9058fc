// The comparison of the differential test: it must see what is missing, added and moved, and excuse only what is listed.
import { test } from "node:test";
import assert from "node:assert/strict";
import { type Allowed, compare, explain, print } from "../../integration/differential/compare.js";
import { normalise } from "../../integration/differential/normalise.js";

const lines = (before: string[], after: string[]) => compare({ a: before }, { a: after }).map(print);

test("equal observations have no differences", () => {
  assert.deepEqual(lines(["x", "y"], ["x", "y"]), []);
  assert.deepEqual(compare({}, {}), []);
});

test("missing, added and moved lines are differences", () => {
  assert.deepEqual(lines(["x", "y", "z"], ["x", "z"]), ["- [a] y"]);
  assert.deepEqual(lines(["x"], ["x", "x"]), ["+ [a] x"]);
  assert.deepEqual(lines(["x", "y"], ["y", "x"]).length, 2);
});

test("a section that only one has is a difference", () => {
  assert.deepEqual(compare({ a: ["x"] }, { b: ["y"] }).map(print), ["- [a] x", "+ [b] y"]);
});

test("when only one refuses that is the difference", () => {
  assert.deepEqual(compare({ refused: ["yes"] }, { a: ["x"] }).map(print), ["- [refused] yes"]);
  assert.deepEqual(compare({ a: ["x"] }, { refused: ["yes"] }).map(print), ["+ [refused] yes"]);
});

test("an entry excuses its section, line and cases only", () => {
  const list: Allowed[] = [{ id: "i", section: "a|b", line: "^\\+x", cases: "^one$", reason: "r" }];
  const added = { section: "a", sign: "+", line: "x y" } as const;
  assert.equal(explain(added, "one", list)?.id, "i");
  assert.equal(explain(added, "another", list), undefined);
  assert.equal(explain({ ...added, sign: "-" }, "one", list), undefined);
  assert.equal(explain({ ...added, section: "ab" }, "one", list), undefined);
});

test("lines that may differ in one part must be the same in the rest", () => {
  const list: Allowed[] = [{ id: "i", section: "a", line: "^(-|\\+.* shared)", apart: " shared", reason: "r" }];
  const excused = (before: string, after: string) => {
    const all = compare({ a: [before] }, { a: [after] });
    return all.map((difference) => explain(difference, "one", list, all)?.id);
  };
  assert.deepEqual(excused("x", "x shared"), ["i", "i"]);
  assert.deepEqual(excused("x", "y shared"), [undefined, undefined]);
  assert.deepEqual(excused("x shared", "x"), ["i", undefined]);
});

test("mount ids, devices and peer groups become positions, so that sharing still shows", () => {
  const mountinfo = [
    "100 50 254:0 /r / ro,relatime shared:7 - ext4 /dev/vda rw",
    "101 100 0:33 / /a rw - tmpfs t rw,size=1k",
    "102 101 0:33 /sub /a/b rw master:7 - tmpfs t rw,size=1k",
  ];
  assert.deepEqual(normalise({ mountinfo }, new Map())["mountinfo"], [
    "/ on top root=/r 254:0 ro,relatime shared:peers1 - ext4 /dev/vda rw",
    "/a on / root=/ dev1 rw - tmpfs t rw,size=1k",
    "/a/b on /a root=/sub dev1 rw master:peers1 - tmpfs t rw,size=1k",
  ]);
});

test("pids become relations", () => {
  const seen = normalise({ process: ["pid 512 ppid 0 pgrp 512 sid 1"], status: ["NSpid:\t512", "NSsid:\t1", "VmRSS:\t1 kB"] }, new Map());
  assert.deepEqual(seen["process"], ["pid PID ppid 0 pgrp PID sid 1"]);
  assert.deepEqual(seen["status"], ["NSpid PID", "NSsid 1"]);
});
