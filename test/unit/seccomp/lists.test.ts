import assert from "node:assert/strict";
import { test } from "node:test";
import { seccompActions, seccompArchs, seccompKnownFlags, seccompOperators, seccompSupportedFlags } from "../../../src/seccomp/lists.js";
import { seccompFlags, seccompRequest } from "../../../src/seccomp/translate.js";

test("lists are sorted and every name on them is accepted", () => {
  for (const list of [seccompActions, seccompOperators, Object.keys(seccompArchs)]) assert.deepEqual(list, list.toSorted());
  for (const action of seccompActions) {
    const { rules } = seccompRequest({ defaultAction: "SCMP_ACT_ERRNO", defaultErrnoRet: 38, syscalls: [{ names: ["read"], action }] });
    assert.equal(rules.length, 1, action);
  }
  for (const op of seccompOperators) {
    const syscalls = [{ names: ["read"], action: "SCMP_ACT_ALLOW", args: [{ index: 0, value: 0, op }] }];
    assert.equal(seccompRequest({ defaultAction: "SCMP_ACT_KILL", syscalls }).rules.length, 1);
  }
  const architectures = Object.keys(seccompArchs);
  assert.equal(seccompRequest({ defaultAction: "SCMP_ACT_KILL", architectures }).architectures.length, 23);
  const syscalls = [{ names: ["read"], action: "SCMP_ACT_NOTIFY" }];
  for (const flag of seccompSupportedFlags) assert.ok(seccompFlags({ defaultAction: "SCMP_ACT_KILL", flags: [flag], syscalls }) > 0);
});

test("every known flag is supported", () => {
  assert.deepEqual(seccompKnownFlags, seccompSupportedFlags);
});
