// Random texts through the exact reader and through JSON.parse: both accept the same, but for what we refuse on purpose.
import assert from "node:assert/strict";
import { test } from "node:test";
import { readExact } from "../../../src/spec/json-reader.js";
import { maxDepth, parseJson } from "../../../src/spec/json.js";
import { Random } from "../../support/random.js";

const seed = Number(process.env["TSRUNC_SEED"] ?? 20240229);
const pieces = [
  '{"a":',
  '"b"',
  "[",
  "]",
  "{",
  "}",
  ",",
  ":",
  "1",
  "-0",
  "1.5",
  "1e5",
  "0",
  "9007199254740993",
  "true",
  "null",
  " ",
  "\n",
  "\t",
  "\r",
];
const odd = [
  '"',
  "\\",
  "\\u0041",
  '"\\ud83d\\ude00"',
  "'",
  "\u00a0",
  "e",
  "E",
  "+",
  "-",
  ".",
  "/",
  "é",
  "😀",
  "\u0001",
  '"__proto__":',
  "\ufeff",
];
const samples = ['{"a":[1,2,{"b":"c\\n"}],"d":-1.5e3,"e":null}', "[true,false,null,[[[]]]]", '{"x":"\\u00e9 y","":{"k":[0,-1]}}'];

function randomText(random: Random): string {
  if (random.chance(40)) return Array.from({ length: 1 + random.below(8) }, () => random.pick(random.chance(80) ? pieces : odd)).join("");
  let text = random.pick(samples);
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(text.length + 1);
    text = text.slice(0, at) + (random.chance(60) ? random.pick([...pieces, ...odd]) : "") + text.slice(at + random.below(3));
  }
  return text;
}

function attempt(read: () => unknown): { value: unknown } | string {
  try {
    return { value: read() };
  } catch (error) {
    return String(error);
  }
}

test("the exact reader against JSON.parse", (t) => {
  const random = new Random(seed);
  let accepted = 0;
  for (let i = 0; i < 30000; i++) {
    const text = randomText(random);
    const theirs = attempt(() => JSON.parse(text) as unknown);
    const ours = attempt(() => readExact(text, "f", maxDepth));
    assert.deepEqual(
      attempt(() => parseJson(text, "f")),
      ours,
      `seed ${seed}: ${JSON.stringify(text)}`,
    );
    if (typeof ours === "string") {
      assert.match(ours, /^TsruncError: f:\d+:\d+: ./);
      if (typeof theirs !== "string") assert.match(ours, /lone surrogate|NUL character|number out of range/, JSON.stringify(text));
    } else {
      accepted++;
      assert.ok(typeof theirs !== "string", `seed ${seed}: accepts ${JSON.stringify(text)}`);
      assert.deepEqual(JSON.stringify(ours.value, rounded), JSON.stringify(theirs.value), JSON.stringify(text));
    }
  }
  t.diagnostic(`seed ${seed}: ${accepted} of 30000 accepted`);
  assert.ok(accepted > 1000);
});

/** As JSON.parse rounds it. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? Number(value) : value;
}
