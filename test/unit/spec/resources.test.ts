// The document of `update --resources`.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseResources } from "../../../src/spec/resources.js";

const parse = (text: string) => parseResources(new TextEncoder().encode(text), "stdin");

test("a document, and where its parts are", () => {
  const { resources, where } = parse('{"memory": {"limit": 9007199254740993},\n "pids": {"limit": -1}}');
  assert.deepEqual(resources, { memory: { limit: 9007199254740993n }, pids: { limit: -1 } });
  assert.equal(where("/memory/limit"), "stdin:1:22");
  assert.equal(where("/pids/limit"), "stdin:2:20");
});

test("pids without a limit is not set", () => {
  assert.deepEqual(parse('{"pids": {}, "cpu": {"shares": 5}}').resources, { cpu: { shares: 5 } });
});

for (const [text, message] of [
  ["", /^stdin:1:1: /],
  ['{"pids":', /^stdin:1:9: /],
  ["[]", /^stdin:1:1: must be an object, not an array$/],
  ['{"memory": {"limit": "1G"}}', /^stdin:1:22 \/memory\/limit: must be an integer .*, not "1G"$/],
  ['{"cpu": {"shares": -1}}', /^stdin:1:20 \/cpu\/shares: must be an integer from 0 /],
] as const) {
  test(`refused: ${text}`, () => assert.throws(() => parse(text), { message }));
}
