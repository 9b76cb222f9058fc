import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TsruncError } from "../../../src/errors/errors.js";
import { readExact } from "../../../src/spec/json-reader.js";
import { isShallow, maxDepth, parseJson, stringifyJson } from "../../../src/spec/json.js";
import { absent, bundleNames, bundles } from "./shared.js";

const exact = (text: string): unknown => readExact(text, "f", maxDepth);

function refuses(text: string, message: string): void {
  assert.throws(
    () => parseJson(text, "f"),
    (error) => error instanceof TsruncError && error.message === message,
    `${text.slice(0, 60)} should give ${message}, gave ${tryParse(text)}`,
  );
}

function tryParse(text: string): string {
  try {
    return stringifyJson(parseJson(text, "f"));
  } catch (error) {
    return String(error);
  }
}

test("integers are exact, whatever their size", () => {
  const cases: [string, unknown][] = [
    ["0", 0],
    ["-1", -1],
    ["9007199254740991", 9007199254740991],
    ["-9007199254740991", -9007199254740991],
    ["9007199254740992", 9007199254740992n],
    ["9007199254740993", 9007199254740993n],
    ["-9007199254740993", -9007199254740993n],
    ["9223372036854775807", 9223372036854775807n],
    ["18446744073709551615", 18446744073709551615n],
    ["-9223372036854775808", -9223372036854775808n],
    ["9007199254740993.0", 9007199254740993n],
    ["1e19", 10000000000000000000n],
    ["18446744073709551615e0", 18446744073709551615n],
    ["1.8446744073709551615E+19", 18446744073709551615n],
    ["1.0", 1],
    ["1e3", 1000],
    ["0.5", 0.5],
    ["-2.5e-3", -0.0025],
  ];
  for (const [text, value] of cases) {
    assert.deepEqual(parseJson(text), value, text);
    assert.deepEqual(parseJson(`{"a":[${text} ,${text}]}`), { a: [value, value] }, text);
    assert.deepEqual(exact(` ${text}\n`), value, text);
  }
  assert.equal(Object.is(parseJson("-0"), -0), true);
});

test("strings: every escape, and characters beyond the BMP", () => {
  const text = '{"a\\"\\\\\\/\\b\\f\\n\\r\\t": "\\u0041\\u00e9\\ud83d\\ude00 \u{1f600} \\u2028"}';
  assert.deepEqual(exact(text), JSON.parse(text));
  assert.deepEqual(parseJson(text), JSON.parse(text));
});

test("what looks like a number in a string changes nothing", () => {
  const text = '{"a": "x :12345678901234567890 \\\\", "b": ["1e5", " 1.5"]}';
  assert.deepEqual(parseJson(text), JSON.parse(text));
});

test("__proto__ is an ordinary key on both paths, the last of repeated keys wins", () => {
  for (const text of ['{"__proto__": {"polluted": 1}, "a": 1, "a": 2}', '{"__proto__": {"polluted": 1}, "a": 9007199254740993, "a": 2}']) {
    const value = parseJson(text) as Record<string, unknown>;
    assert.deepEqual(Object.keys(value), ["__proto__", "a"]);
    assert.equal(value["a"], 2);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal((value as { polluted?: number }).polluted, undefined);
  }
});

test("hostile and broken input is refused with its place", () => {
  refuses("", "f:1:1: expected a value, found the end of the file");
  refuses("  \n ", "f:2:2: expected a value, found the end of the file");
  refuses("{]", 'f:1:2: expected a property name in double quotes, found "]"');
  refuses('{"a" 1}', 'f:1:6: expected ":" after the property name, found "1"');
  refuses('{"a":1,}', 'f:1:8: expected a property name in double quotes, found "}"');
  refuses("{'a':1}", 'f:1:2: expected a property name in double quotes, found "\'"');
  refuses("[1,]", 'f:1:4: expected a value, found "]"');
  refuses("[1 2]", 'f:1:4: expected "," or "]", found "2"');
  refuses('{"a":1 "b":2}', 'f:1:8: expected "," or "}", found """');
  refuses('{"a":1}\n x', 'f:2:2: unexpected "x" after the end of the document');
  refuses("{} {}", 'f:1:4: unexpected "{" after the end of the document');
  refuses("nul", 'f:1:1: expected a value, found "nul"');
  refuses("True", 'f:1:1: expected a value, found "True"');
  refuses("NaN", 'f:1:1: expected a value, found "NaN"');
  refuses("[01]", 'f:1:2: malformed number "01"');
  refuses("[1.]", 'f:1:2: malformed number "1."');
  refuses("[.5]", 'f:1:2: expected a value, found "."');
  refuses("[-]", 'f:1:2: expected a digit after "-"');
  refuses("[+1]", 'f:1:2: expected a value, found "+"');
  refuses("[1e]", 'f:1:2: malformed number "1e"');
  refuses("[0x10]", 'f:1:3: expected "," or "]", found "x"');
  refuses("[1e400]", "f:1:2: number out of range");
  refuses(`[${"9".repeat(500)}]`, "f:1:2: number out of range");
  refuses('["\t"]', "f:1:3: control character 0x09 in a string must be escaped");
  refuses('["\u0000"]', "f:1:3: control character 0x00 in a string must be escaped");
  refuses('["a', "f:1:4: unexpected end of the file in a string");
  refuses('["\\', "f:1:3: unexpected end of the file in a string");
  refuses('["\\x41"]', 'f:1:3: unknown escape "\\x" in a string');
  refuses('["\\u12"]', 'f:1:3: unknown escape "\\u" in a string');
  refuses('["\\u0000"]', "f:1:3: NUL character (\\u0000) in a string: no path, argument or name can hold one");
  refuses('["\\ud800"]', 'f:1:3: lone surrogate "\\ud800" in a string');
  refuses('["\\uDFFF\\ud800"]', 'f:1:3: lone surrogate "\\uDFFF" in a string');
  refuses('["\\ud83d\\u0041"]', 'f:1:3: lone surrogate "\\ud83d" in a string');
  refuses("\ufeff{}", "f:1:1: starts with a byte order mark, which JSON does not allow");
  refuses("// c\n{}", 'f:1:1: expected a value, found "/"');
  refuses('{"é": 1, "😀" 2}', 'f:1:14: expected ":" after the property name, found "2"');
});

test(`nesting ends at ${maxDepth} levels, on both paths`, () => {
  for (const inner of ["1", "9007199254740993"]) {
    const nest = (levels: number): string => "[".repeat(levels) + inner + "]".repeat(levels);
    assert.ok(parseJson(nest(maxDepth)));
    refuses(nest(maxDepth + 1), `f:1:${maxDepth + 1}: nested deeper than ${maxDepth} levels`);
    refuses(nest(200000), `f:1:${maxDepth + 1}: nested deeper than ${maxDepth} levels`);
  }
});

test("a text is shallow for sure where it has no more brackets than levels are allowed", () => {
  const brackets = (count: number): string => "[{".repeat(count / 2) + "}]".repeat(count / 2);
  assert.equal(isShallow(brackets(maxDepth)), true);
  assert.equal(isShallow(brackets(maxDepth + 2)), false);
  assert.equal(isShallow("[".repeat(maxDepth + 1)), false);
});

test("the writer writes what JSON.stringify writes, and bigints", () => {
  const value = { a: [1, "x\n", null, true, [], {}], 'k"': { b: undefined, c: -0, d: [undefined] }, e: 1.5 };
  for (const indent of [undefined, 2, "\t"] as const) {
    assert.equal(stringifyJson(value, indent), JSON.stringify(value, null, indent));
    const big = stringifyJson({ ...value, z: 123n }, indent);
    assert.equal(big, JSON.stringify({ ...value, z: 123 }, null, indent));
  }
  assert.equal(stringifyJson([18446744073709551615n, -9223372036854775808n]), "[18446744073709551615,-9223372036854775808]");
});

test("reading and writing again changes nothing", () => {
  const text = '{"limit":9223372036854775807,"list":[18446744073709551615,{"__proto__":1,"x":[]}],"s":"é😀\\n"}';
  assert.equal(stringifyJson(parseJson(text)), text);
});

test("real config.json files: both readers and JSON.parse agree", { skip: absent(bundles) }, () => {
  const names = bundleNames();
  assert.ok(names.length >= 80);
  for (const name of names) {
    const text = readFileSync(join(bundles, name), "utf8");
    const value = exact(text);
    assert.deepEqual(parseJson(text), value, name);
    assert.deepEqual(JSON.parse(text), value, name);
    assert.deepEqual(parseJson(stringifyJson(value, 2)), value, name);
  }
});
