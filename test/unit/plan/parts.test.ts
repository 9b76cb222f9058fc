import assert from "node:assert/strict";
import { test } from "node:test";
import { joinParts, type Part } from "../../../src/plan/parts.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("each kind of value has its form", () => {
  const cases: readonly (readonly [Part, string])[] = [
    [0, "00000000"],
    [0xfffffffe, "feffffff"],
    [true, "01"],
    [false, "00"],
    ["", "00000000"],
    ["a", "0100000061"],
    ["\u00fc\u20ac\u{1d11e}", "09000000c3bce282acf09d849e"],
    [0xfedcba9876543210n, "1032547698badcfe"],
    [-2n, "feffffffffffffff"],
    [new Uint8Array([0, 255]), "0200000000ff"],
  ];
  for (const [part, expected] of cases) assert.equal(hex(joinParts([part])), expected);
});

test("sections nest, and know their length", () => {
  assert.equal(
    hex(joinParts([null, 1, null, "a", undefined, undefined, true])),
    "0d000000" + "01000000" + "05000000" + "0100000061" + "01",
  );
  assert.equal(hex(joinParts([null, undefined])), "00000000");
});

test("long lists and strings", () => {
  const long = "x".repeat(100_000);
  const bytes = joinParts([...Array.from({ length: 10_000 }, (_, index) => index), long]);
  assert.equal(bytes.length, 40_000 + 4 + long.length);
  assert.equal(bytes[39_996], 9999 & 0xff);
  assert.equal(bytes.at(-1), 0x78);
});

test("what the wire cannot hold is refused", () => {
  for (const text of ["\ud800", "a\udc00", "\ud800x", "\0", "a\0b"]) assert.throws(() => joinParts([text]), /plan encoding/);
  for (const parts of [[null], [undefined], [null, undefined, undefined]] as Part[][])
    assert.throws(() => joinParts(parts), /plan encoding/);
});
