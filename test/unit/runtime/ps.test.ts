// The output of the host's ps(1), cut down to a container's processes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { filterTable } from "../../../src/runtime/ps.js";

const output = [
  "UID        PID  PPID CMD",
  "root         1     0 init",
  "root        12     1 sh -c 12",
  "nobody     112    12 sleep",
  "",
].join("\n");

test("the title and the lines of these processes", () => {
  assert.equal(filterTable(output, new Set([12])), "UID        PID  PPID CMD\nroot        12     1 sh -c 12\n");
  assert.equal(filterTable(output, new Set()), "UID        PID  PPID CMD\n");
});

test("the PID column may be anywhere", () => {
  assert.equal(filterTable("STAT PID\nSs 5\nS 6\n", new Set([6])), "STAT PID\nS 6\n");
});

test("names and arguments with blanks before the PID column do not shift it", () => {
  const last = ["COMMAND             PID", "tmux: server         12", "Web Content 7       112", ""].join("\n");
  assert.equal(filterTable(last, new Set([12])), "COMMAND             PID\ntmux: server         12\n");
  assert.equal(filterTable(last, new Set([7])), "COMMAND             PID\n");
  const middle = ["COMMAND             PID    PPID", "a 112 b              12       1", "sleep               112      12", ""].join("\n");
  assert.equal(filterTable(middle, new Set([12])), "COMMAND             PID    PPID\na 112 b              12       1\n");
  assert.equal(filterTable(middle, new Set([112])), "COMMAND             PID    PPID\nsleep               112      12\n");
});

test("a ps that aligns to the left, a line that a wide value has shifted", () => {
  const busybox = "PID   USER     TIME  COMMAND\n   12 root      0:00 sleep\n  112 root      0:00 sh\n";
  assert.equal(filterTable(busybox, new Set([12])), "PID   USER     TIME  COMMAND\n   12 root      0:00 sleep\n");
  const shifted = "  VSZ     PID COMMAND\n123456789     12 sh\n";
  assert.equal(filterTable(shifted, new Set([12])), shifted);
});

test("no PID column, no pid in it", () => {
  assert.throws(() => filterTable("COMMAND\nsh\n", new Set([1])), { message: "couldn't find PID field in ps output" });
  assert.throws(() => filterTable("COMMAND PID\nsh -c x\n", new Set([5])), /unable to parse pid: "x"/);
  assert.throws(() => filterTable("COMMAND PID TTY\nsh -c x\n", new Set([5])), /unable to parse pid: "-c"/);
});
