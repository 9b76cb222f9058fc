import assert from "node:assert/strict";
import { test } from "node:test";
import { deviceChanges, sameDevices } from "../../../src/cgroup/device-changes.js";
import { deviceRules } from "../../../src/cgroup/devices.js";
import type { DeviceRule } from "../../../src/cgroup/resources.js";

const deny: DeviceRule = { allow: false, access: "rwm" };
const all: DeviceRule = { allow: true, access: "rwm" };
const rule = (allow: boolean, type: "b" | "c", major: number, access: string): DeviceRule => ({ allow, type, major, minor: 1, access });
const changes = (before: DeviceRule[], after: DeviceRule[]) =>
  deviceChanges(deviceRules(before), deviceRules(after)).map(({ file, value }) => `${file} ${value}`);

test("only what differs, grants first", () => {
  assert.deepEqual(changes([deny], [deny]), []);
  assert.deepEqual(changes([deny, rule(true, "c", 7, "rw")], [deny, rule(true, "b", 8, "r"), rule(true, "c", 7, "rm")]), [
    "devices.allow b 8:1 r",
    "devices.allow c 7:1 m",
    "devices.deny c 7:1 w",
  ]);
  assert.deepEqual(changes([all, rule(false, "b", 8, "rw")], [all, rule(false, "c", 7, "w")]), [
    "devices.allow b 8:1 rw",
    "devices.deny c 7:1 w",
  ]);
});

test("from nothing but to all but, and back: all of it", () => {
  assert.deepEqual(changes([deny], [all]), ["devices.allow a *:* rwm"]);
  assert.equal(changes([all], [deny])[0], "devices.deny a *:* rwm");
});

test("other words for the same rules", () => {
  assert.ok(sameDevices(deviceRules([deny]), deviceRules(undefined)));
  assert.ok(!sameDevices(deviceRules([deny]), deviceRules([all])));
});
