import assert from "node:assert/strict";
import { test } from "node:test";
import { findPointer, lineColumn } from "../../../src/spec/json-position.js";

const text = `{
  "a/b": {"~": [10, "x,]}\\"", {"deep": true}]},
  "é😀": [ ],
  "twice": 1, "twice" : {"x": 2},
  "": 5
}`;

function place(pointer: string): string {
  const { line, column } = lineColumn(text, findPointer(text, pointer));
  return `${line}:${column}`;
}

test("a pointer gives the line and column of its value", () => {
  assert.equal(place(""), "1:1");
  assert.equal(place("/a~1b"), "2:10");
  assert.equal(place("/a~1b/~0/0"), "2:17");
  assert.equal(place("/a~1b/~0/1"), "2:21");
  assert.equal(place("/a~1b/~0/2/deep"), "2:40");
  assert.equal(place("/é😀"), "3:9");
  assert.equal(place("/"), "5:7");
});

test("of a repeated key the last one counts, as for the reader", () => {
  assert.equal(place("/twice"), "4:25");
  assert.equal(place("/twice/x"), "4:31");
});

test("what is not there gives the innermost value that is", () => {
  assert.equal(place("/missing/x"), "1:1");
  assert.equal(place("/a~1b/nope"), "2:10");
  assert.equal(place("/a~1b/~0/7/x"), "2:16");
  assert.equal(place("/a~1b/~0/0/x"), "2:17");
});
