import { test } from "node:test";
import assert from "node:assert/strict";
import { capabilityList, capabilityMask, capabilityMasks, ignoredCapabilities } from "../../../src/plan/capabilities.js";
import { compiled, opOf } from "./input.js";

test("bit n is capability n, beyond 32 bits too", () => {
  assert.equal(capabilityMask(["CAP_CHOWN", "CAP_SYS_ADMIN"], 40), 2 ** 0 + 2 ** 21);
  assert.equal(capabilityMask(["CAP_CHECKPOINT_RESTORE", "CAP_BPF"], 40), 2 ** 40 + 2 ** 39);
});

test("a name given twice counts once", () => assert.equal(capabilityMask(["CAP_KILL", "CAP_KILL"], 40), 2 ** 5));

test("names that no kernel or not this kernel has are ignored, and told", () => {
  const names = ["CAP_BPF", "CAP_KILL", "CAP_OF_TOMORROW", "cap_chown"];
  assert.equal(capabilityMask(names, 38), 2 ** 5);
  assert.deepEqual(ignoredCapabilities({ bounding: names, ambient: names }, 38), ["CAP_BPF", "CAP_OF_TOMORROW", "cap_chown"]);
  assert.deepEqual(ignoredCapabilities(undefined, 38), []);
});

test("without the object all are dropped", () => {
  assert.deepEqual(capabilityMasks(undefined, 40), { bounding: 0, effective: 0, permitted: 0, inheritable: 0, ambient: 0 });
});

test("back to names", () => assert.deepEqual(capabilityList(2 ** 40 + 1), ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"]));

const seccomp = { defaultAction: "SCMP_ACT_ALLOW" } as const;

test("SYS_ADMIN is kept for a filter, only where it would be missing and goes again", () => {
  const admin = ["CAP_SYS_ADMIN"];
  const kept = (wanted: Parameters<typeof compiled>[0]) => opOf(compiled(wanted), "identity.set").keepSysAdmin;
  assert.equal(kept({}), false);
  assert.equal(kept({ linux: { seccomp } }), true);
  assert.equal(kept({ linux: { seccomp }, process: { noNewPrivileges: true } }), false);
  assert.equal(kept({ linux: { seccomp }, process: { capabilities: { effective: admin, permitted: admin } } }), false);
  assert.equal(kept({ linux: { seccomp }, process: { capabilities: { permitted: admin } } }), true);
});
