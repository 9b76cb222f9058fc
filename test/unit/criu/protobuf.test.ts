import { test } from "node:test";
import assert from "node:assert/strict";
import { decodeMessage, encodeMessage, type Schema } from "../../../src/criu/protobuf.js";

const schema: Schema = {
  inner: { name: { number: 1, type: "string" }, size: { number: 2, type: "uint32" } },
  outer: {
    number: { number: 1, type: "int32" },
    flag: { number: 2, type: "bool" },
    text: { number: 3, type: "string" },
    list: { number: 4, type: "string", repeated: true },
    part: { number: 5, type: "inner" },
    parts: { number: 16, type: "inner", repeated: true },
    kind: { number: 17, type: "enum" },
  },
};

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const encode = (value: Parameters<typeof encodeMessage>[2]): string => hex(encodeMessage(schema, "outer", value));
const decode = (text: string): unknown => decodeMessage(schema, "outer", bytes(text));

test("bytes as the Protocol Buffers encoding guide has them", () => {
  assert.equal(encode({ number: 150 }), "089601");
  assert.equal(encode({ text: "testing" }), "1a0774657374696e67");
  assert.equal(encode({ part: { size: 150 } }), "2a03109601");
  assert.equal(encode({ number: -1 }), "08ffffffffffffffffff01", "ten bytes");
  assert.equal(encode({ flag: true, kind: 3 }), "1001" + "880103", "a field number above 15 takes two bytes");
  assert.equal(encode({ list: ["a", ""] }), "22016122" + "00");
  assert.equal(encode({ text: undefined, list: [] }), "");
});

test("what was written is read again", () => {
  const value = {
    number: -2147483648,
    flag: false,
    text: "mnt[/dätä]:x",
    list: ["a", "b"],
    part: { name: "", size: 4294967295 },
    parts: [{ name: "1" }, { name: "x".repeat(300) }],
    kind: 6,
  };
  assert.deepEqual(decodeMessage(schema, "outer", encodeMessage(schema, "outer", value)), value);
});

test("fields of a newer version are skipped, whatever their type", () => {
  assert.deepEqual(decode("9006 01" + "9206 0161" + "9106 0102030405060708" + "9506 01020304" + "08 05"), { number: 5 });
});

test("the last value of a field counts", () => {
  assert.deepEqual(decode("0801 0802"), { number: 2 });
});

test("bytes that are no message are refused", () => {
  for (const text of ["08", "0880", "1a05 6162", "0b", "0a0161", "18 01", "08 ffffffffffffffffffffff01", "2a 01 08"]) {
    assert.throws(() => decode(text), { name: "TsruncError", message: "not a message of the expected form" }, text);
  }
});

test("a field that no table knows is a mistake of ours", () => {
  assert.throws(() => encodeMessage(schema, "outer", { nonsense: 1 }), /outer has no field nonsense/);
});
