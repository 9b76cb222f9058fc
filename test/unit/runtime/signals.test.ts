import assert from "node:assert/strict";
import { constants } from "node:os";
import test from "node:test";
import { parseSignal } from "../../../src/runtime/signals.js";

test("every name that Node knows has the kernel's number, in any case, with and without SIG", () => {
  for (const [name, number] of Object.entries(constants.signals)) {
    assert.equal(parseSignal(name), number, name);
    assert.equal(parseSignal(name.slice(3).toLowerCase()), number, name);
  }
});

test("numbers and real-time names", () => {
  assert.equal(parseSignal("0"), 0);
  assert.equal(parseSignal("9"), 9);
  assert.equal(parseSignal("64"), 64);
  assert.equal(parseSignal("RTMIN"), 34);
  assert.equal(parseSignal("sigrtmin+3"), 37);
  assert.equal(parseSignal("RTMAX-1"), 63);
});

test("what is no signal", () => {
  for (const bad of ["", "SIG", "65", "-9", "9x", "FOO", "RTMIN+31", "RTMAX-31", "RTMIN-1", "constructor", "1e1"]) {
    assert.throws(() => parseSignal(bad), { message: `unknown signal "${bad}"` }, bad);
  }
});
