// GVariant text → D-Bus values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { GvariantError, parseGvariant } from "../../../src/spec/gvariant.js";
import { unitAnnotation } from "../../../src/spec/unit-annotations.js";

const values: Readonly<Record<string, readonly [signature: string, ...values: string[]]>> = {
  true: ["b", "true"],
  " -5 ": ["i", "-5"],
  "0x10": ["i", "16"],
  "1.5e3": ["d", "1.5e3"],
  "uint64 18446744073709551615": ["t", "18446744073709551615"],
  "@t 7": ["t", "7"],
  "byte 255": ["y", "255"],
  "'inactive-or-failed'": ["s", "inactive-or-failed"],
  '"it\'s \\"so\\"\\n\\u00e9"': ["s", 'it\'s "so"\né'],
  "['a', 'b']": ["as", "2", "a", "b"],
  "@as []": ["as", "0"],
  "[uint64 1, 2]": ["at", "2", "1", "2"],
  "[('/dev/null', 'rw'), ('char-*', 'm')]": ["a(ss)", "2", "/dev/null", "rw", "char-*", "m"],
  "@(st) ('x', 5)": ["(st)", "x", "5"],
  "objectpath '/a/b'": ["o", "/a/b"],
};

for (const [text, [signature, ...expected]] of Object.entries(values)) {
  test(`${text} is ${signature}`, () => assert.deepEqual(parseGvariant(text), { signature, values: expected }));
}

const refused: Readonly<Record<string, RegExp>> = {
  "": /ends too early/,
  hello: /"hello" is no value/,
  "2147483648": /out of range for type i/,
  "byte 256": /out of range for type y/,
  "uint64 -1": /out of range/,
  "[]": /type of an empty array/,
  "['a', 5]": /"5" is no value/,
  "['a'": /is missing|too early/,
  "'a": /does not end/,
  "true false": /unexpected "false"/,
  "@a{sv} {}": /not supported/,
  "gibberish 5": /unknown type "gibberish"/,
  "@(ss) ('a')": /too few/,
  "uint64 'x'": /"x" where t belongs/,
};

for (const [text, message] of Object.entries(refused)) {
  test(`${JSON.stringify(text)} is refused`, () =>
    assert.throws(
      () => parseGvariant(text),
      (error) => error instanceof GvariantError && message.test(error.message),
    ));
}

test("seconds of unit files are microseconds of the bus", () => {
  assert.deepEqual(unitAnnotation("TimeoutStopSec", "uint64 5"), { name: "TimeoutStopUSec", signature: "t", values: ["5000000"] });
  assert.deepEqual(unitAnnotation("TimeoutStopSec", "1.5"), { name: "TimeoutStopUSec", signature: "t", values: ["1500000"] });
  assert.deepEqual(unitAnnotation("TimeoutStopUSec", "uint64 5"), { name: "TimeoutStopUSec", signature: "t", values: ["5"] });
  assert.throws(() => unitAnnotation("TimeoutStopSec", "'x'"), /not a number/);
});
