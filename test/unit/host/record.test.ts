import assert from "node:assert/strict";
import { test } from "node:test";
import { parseRecord, signalsOf } from "../../../src/host/record.js";

test("a record with everything", () => {
  assert.deepEqual(parseRecord("1;1024;18446744073709551615;12;1001;200;3,5,17;/usr/bin/runc"), {
    nofile: { soft: 1024n, hard: 18446744073709551615n },
    umask: 0o22,
    ignored: [1, 13],
    blocked: [10],
    inheritedFds: [3, 5, 17],
    argv0: "/usr/bin/runc",
  });
});

test("a record with nothing in it, and a semicolon in argv[0]", () => {
  const record = parseRecord("1;0;0;0;0;0;;a;b");
  assert.deepEqual(record.inheritedFds, []);
  assert.deepEqual(record.ignored, []);
  assert.equal(record.argv0, "a;b");
});

test("a record of another version is refused", () => {
  assert.throws(() => parseRecord("2;0;0;0;0;0;;a"), /not from one build/);
  assert.throws(() => parseRecord("1;0;0"), /not from one build/);
});

test("the last real-time signal", () => {
  assert.deepEqual(signalsOf("8000000000000000"), [64]);
});
