import { test } from "node:test";
import assert from "node:assert/strict";
import { MOUNT_ATTR, MS } from "../../../src/plan/linux.js";
import { mountOptionNames, parseMountOptions } from "../../../src/plan/mountflags.js";

test("flags are set, and asked away flags are remembered; the last one wins", () => {
  const parsed = parseMountOptions(["ro", "nosuid", "noexec", "rw", "dev", "exec", "noexec"]);
  assert.equal(parsed.flags, MS.NOSUID | MS.NOEXEC);
  assert.equal(parsed.cleared, MS.RDONLY | MS.NODEV);
});

test("a flag that is set again is no longer asked away", () => {
  assert.equal(parseMountOptions(["rw", "ro"]).cleared, 0);
});

test("bind, rbind and remount", () => {
  assert.equal(parseMountOptions(["bind"]).flags, MS.BIND);
  assert.equal(parseMountOptions(["rbind", "remount"]).flags, MS.BIND | MS.REC | MS.REMOUNT);
});

test("propagation is kept in the order given", () => {
  assert.deepEqual(parseMountOptions(["rslave", "shared", "ro"]).propagation, [MS.SLAVE | MS.REC, MS.SHARED]);
});

test("recursive attributes, the last one wins", () => {
  const { recSet, recClear, flags } = parseMountOptions(["rro", "rnosuid", "rdev", "rrw"]);
  assert.deepEqual({ recSet, recClear, flags }, { recSet: MOUNT_ATTR.NOSUID, recClear: MOUNT_ATTR.NODEV | MOUNT_ATTR.RDONLY, flags: 0 });
});

test("a recursive access time clears the whole field", () => {
  for (const [option, value] of [
    ["rnoatime", MOUNT_ATTR.NOATIME],
    ["rstrictatime", MOUNT_ATTR.STRICTATIME],
    ["rrelatime", 0],
    ["ratime", 0],
  ] as const) {
    const { recSet, recClear } = parseMountOptions(["rstrictatime", "rnoatime", option]);
    assert.deepEqual({ recSet, recClear }, { recSet: value, recClear: MOUNT_ATTR.ATIME }, option);
  }
});

test("rnodiratime is a bit of its own", () => {
  const { recSet, recClear } = parseMountOptions(["rnodiratime"]);
  assert.deepEqual({ recSet, recClear }, { recSet: MOUNT_ATTR.NODIRATIME, recClear: 0 });
});

test("everything else is the filesystem's, in its order", () => {
  const parsed = parseMountOptions(["size=64k", "defaults", "ro", "mode=755", "constructor", "tmpcopyup"]);
  assert.equal(parsed.data, "size=64k,mode=755,constructor");
  assert.equal(parsed.copyUp, true);
});

test("no options", () => {
  const nothing = { flags: 0, cleared: 0, propagation: [], recSet: 0, recClear: 0, copyUp: false, data: "" };
  assert.deepEqual(parseMountOptions(undefined), nothing);
});

test("the semantic rules know the same options, and no known one reaches the filesystem", () => {
  for (const name of mountOptionNames()) {
    assert.equal(parseMountOptions([name]).data, "", name);
  }
});
