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

test("no PID column, no pid in it", () => {
  assert.throws(() => filterTable("COMMAND\nsh\n", new Set([1])), { message: "couldn't find PID field in ps output" });
  assert.throws(() => filterTable("COMMAND PID\nsh -c x 5\n", new Set([5])), /unable to parse pid: "-c"/);
});
