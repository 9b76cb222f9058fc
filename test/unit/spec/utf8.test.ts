import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeUtf8 } from "../../../src/spec/utf8.js";

test("good UTF-8 is decoded as it is, a byte order mark included", () => {
  const text = "\ufeffaé€😀\n";
  assert.equal(decodeUtf8(new TextEncoder().encode(text), "f"), text);
});

test("bad UTF-8 is refused at its first bad byte", () => {
  const cases: [number[], string][] = [
    [[0x61, 0x0a, 0x62, 0x80], "f:2:2: not valid UTF-8 (byte 0x80)"],
    [[0xc0, 0xaf], "f:1:1: not valid UTF-8 (byte 0xc0)"],
    [[0x61, 0xe0, 0x80, 0x80], "f:1:2: not valid UTF-8 (byte 0xe0)"],
    [[0xed, 0xa0, 0x80], "f:1:1: not valid UTF-8 (byte 0xed)"],
    [[0xf4, 0x90, 0x80, 0x80], "f:1:1: not valid UTF-8 (byte 0xf4)"],
    [[0xe2, 0x82], "f:1:1: not valid UTF-8 (byte 0xe2)"],
    [[0xf0, 0x9f, 0x98, 0x41], "f:1:1: not valid UTF-8 (byte 0xf0)"],
    [[0xff], "f:1:1: not valid UTF-8 (byte 0xff)"],
  ];
  for (const [bytes, message] of cases) assert.throws(() => decodeUtf8(new Uint8Array(bytes), "f"), { message });
});
