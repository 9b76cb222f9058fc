// Compiled filters outlive a version of tsrunc: what they are kept under must change with what they are made of.
import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { seccompActions, seccompArchs, seccompOperators } from "../../../src/seccomp/lists.js";
import { type SeccompProfile, filterProfile, seccompRequest, TRANSLATION } from "../../../src/seccomp/translate.js";

/** Each way through the translation at least once. */
const rules: SeccompProfile["syscalls"] = [
  ...seccompActions.filter((action) => action !== "SCMP_ACT_NOTIFY").map((action) => ({ names: ["read", "no-name", "write"], action })),
  ...["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"].map((action) => ({ names: ["open"], action, errnoRet: 65_537 })),
  ...seccompOperators.map((op, index) => ({
    names: ["clone"],
    action: "SCMP_ACT_ALLOW",
    args: [{ index: index % 6, value: 18446744073709551615n, valueTwo: 7, op }],
  })),
  { names: ["socket"], action: "SCMP_ACT_KILL", args: [1, 2].map((value) => ({ index: 0, value, op: "SCMP_CMP_EQ" })) },
  { names: Array.from({ length: 40 }, (_, index) => `call${index}`), action: "SCMP_ACT_LOG" },
];

const profiles: readonly SeccompProfile[] = ["SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL"].flatMap((defaultAction) => [
  { defaultAction, architectures: Object.keys(seccompArchs), syscalls: rules },
  { defaultAction, syscalls: rules?.slice(0, 3) },
  { defaultAction },
]);

test("a changed translation has a new number", () => {
  const text = JSON.stringify(profiles.map(seccompRequest));
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  // Failed? The same profile is compiled to something else: raise TRANSLATION in src/seccomp/translate.ts, then put the new pair here.
  assert.deepEqual({ TRANSLATION, digest }, { TRANSLATION: 1, digest: "9991eb67399f1e5b" });
});

test("what decides the filter, and nothing that is the loader's", () => {
  const profile = {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 5,
    architectures: ["SCMP_ARCH_X86"],
    syscalls: [{ names: ["read"], action: "SCMP_ACT_ALLOW" }],
  };
  const loader = { flags: ["SECCOMP_FILTER_FLAG_LOG"], listenerPath: "/run/agent.sock", listenerMetadata: "of one container" };
  assert.deepEqual(filterProfile({ ...profile, ...loader }), profile);
  assert.deepEqual(filterProfile({ defaultAction: "SCMP_ACT_LOG", ...loader }), { defaultAction: "SCMP_ACT_LOG" });
});
