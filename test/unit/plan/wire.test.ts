import assert from "node:assert/strict";
import { test } from "node:test";
import { fromUtf8, utf8, Writer } from "../../../src/plan/wire.js";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

test("integers are little endian and exact", () => {
  const writer = new Writer();
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0xfffffffe);
  writer.i32(-2);
  writer.u64(0xfedcba9876543210n);
  writer.i64(-1);
  assert.equal(hex(writer.finish()), "01" + "0302" + "feffffff" + "feffffff" + "1032547698badcfe" + "ffffffffffffffff");
});

test("lists and sections", () => {
  const writer = new Writer();
  const section = writer.begin();
  writer.u32s([7]);
  writer.str("a");
  writer.bool(true);
  writer.end(section);
  assert.equal(hex(writer.finish()), "0e000000" + "0100000007000000" + "0100000061" + "01");
});

test("a writer grows", () => {
  const writer = new Writer();
  const long = "x".repeat(100_000);
  writer.str(long);
  writer.u32(7);
  const bytes = writer.finish();
  assert.equal(bytes.length, 4 + long.length + 4);
  assert.equal(bytes[bytes.length - 4], 7);
});

test("UTF-8 is the platform's", () => {
  for (const text of ["", "plain", "ü", "€", "𝄞", "\u07ff\u0800\uffff\u{10ffff}"]) {
    assert.deepEqual([...utf8(text)], [...new TextEncoder().encode(text)]);
    assert.equal(fromUtf8(new TextEncoder().encode(text)), text);
  }
});

test("half a surrogate pair and NUL are refused", () => {
  for (const text of ["\ud800", "a\udc00", "\ud800x", "\0", "a\0b"]) assert.throws(() => utf8(text), /plan encoding/);
});

test("bytes that are no UTF-8 are replaced as TextDecoder does, one by one", () => {
  for (const bytes of [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xf8], [0x61, 0xe2, 0x82]]) {
    const text = fromUtf8(new Uint8Array(bytes));
    assert.match(text, /\ufffd/);
    assert.doesNotMatch(text, /[\ud800-\udfff]/);
  }
});

test("numbers that do not fit are refused", () => {
  const writer = new Writer();
  assert.throws(() => writer.u8(256), /does not fit u8/);
  assert.throws(() => writer.u32(-1), /does not fit u32/);
  assert.throws(() => writer.i32(0x80000000), /does not fit i32/);
  assert.throws(() => writer.u64(-1n), /does not fit u64/);
  assert.throws(() => writer.i64(1n << 63n), /does not fit i64/);
  assert.throws(() => writer.u32(Number.NaN), /not an exact integer/);
  assert.throws(() => writer.u64(2 ** 60), /not an exact integer/);
});
