// What `npm run conformance` counts.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTap } from "../../../scripts/lib/tap.mjs";

test("lines of the program count, those of a container's output below them do not", () => {
  const text = [
    "TAP version 13",
    "ok 1 - find memory cgroup",
    "not ok 2 - pids limit is set correctly",
    "# expect: 1, actual: 2",
    "  ---",
    "  {",
    '    "stdout": "not ok 1 - inside"',
    "    not ok 3 - inside",
    "  ...",
    "ok 3 # SKIP linux.gidMappings not set",
    "ok 4 - hugetlb # skip no controller",
    "not ok 5 - later # TODO",
    "okay, this is no result",
    "1..5",
  ].join("\n");
  assert.deepEqual(parseTap(text), { ok: 1, notOk: 1, skip: 2, failures: ["pids limit is set correctly"] });
});

test("a result without a number or a text, and a bail-out", () => {
  assert.deepEqual(parseTap("ok\nnot ok\nBail out! no cgroup\n"), { ok: 1, notOk: 1, skip: 0, failures: ["", "Bail out! no cgroup"] });
  assert.deepEqual(parseTap(""), { ok: 0, notOk: 0, skip: 0, failures: [] });
});
