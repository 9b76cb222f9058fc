import assert from "node:assert/strict";
import { test } from "node:test";
import { checkId } from "../../../src/spec/id.js";

test("container IDs", () => {
  for (const id of ["a", "A-b_c+d.e", "0", "...", ".hidden", "f".repeat(64)]) checkId(id);
  for (const id of ["", ".", "..", "a/b", "../x", "a b", "é", "a\n", "a\u0000", "a:b", "a@b"]) {
    assert.throws(() => checkId(id), { message: "invalid container ID format" }, JSON.stringify(id));
  }
});
