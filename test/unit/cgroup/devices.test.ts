import assert from "node:assert/strict";
import { test } from "node:test";
import { allowsEverything, deviceLines, deviceRules, deviceWrites, permits } from "../../../src/cgroup/devices.js";
import type { DeviceRule } from "../../../src/cgroup/resources.js";

const denyAll: DeviceRule = { allow: false, access: "rwm" };
const allowAll: DeviceRule = { allow: true, access: "rwm" };
const lines = (...rules: DeviceRule[]): string[] => deviceLines(deviceRules(rules)).map(({ file, value }) => `${file.slice(8)} ${value}`);

// What devices.list shows under runc 1.1.5 for `[deny all]`, in its order.
const defaults = [
  "b *:* m",
  "c *:* m",
  "c 1:3 rwm",
  "c 1:5 rwm",
  "c 1:7 rwm",
  "c 1:8 rwm",
  "c 1:9 rwm",
  "c 5:0 rwm",
  "c 5:2 rwm",
  "c 10:200 rwm",
  "c 136:* rwm",
];
const denied = (...more: string[]): string[] => ["deny a *:* rwm", ...more, ...defaults.map((line) => `allow ${line}`)];

test("no rules, an empty list and deny all are the same: nothing but the defaults", () => {
  assert.deepEqual(lines(denyAll), denied());
  assert.deepEqual(lines(), denied());
  assert.deepEqual(deviceRules(undefined), deviceRules([denyAll]));
});

test("allow all drops what came before and needs no exception", () => {
  assert.deepEqual(lines(denyAll, { allow: true, type: "c", major: 9, access: "r" }, allowAll), ["allow a *:* rwm"]);
  assert.ok(allowsEverything(deviceRules([allowAll])));
  assert.ok(!allowsEverything(deviceRules([denyAll])));
});

test("type a, empty and absent are the same; major and minor -1 are any", () => {
  for (const type of ["a", "", undefined]) {
    assert.deepEqual(lines({ allow: true, type, major: -1, minor: -1n, access: "rwm" }), ["allow a *:* rwm"]);
  }
});

test("allowing the same device twice adds up, denying takes away", () => {
  const rule = (allow: boolean, access: string): DeviceRule => ({ allow, type: "c", minor: 4, access });
  assert.ok(lines(denyAll, rule(true, "r"), rule(true, "wr"), rule(false, "r")).includes("allow c *:4 w"));
  assert.ok(!lines(denyAll, rule(true, "rw"), rule(false, "wr")).some((line) => line.includes("*:4")));
});

test("the defaults come after the user's rules: they cannot be denied in a deny-all list", () => {
  assert.deepEqual(lines(denyAll, { allow: false, type: "c", major: 10, minor: 200, access: "rwm" }), denied());
});

test("in an allow-all list denied devices are the exceptions, but for the defaults", () => {
  const rules: DeviceRule[] = [
    allowAll,
    { allow: false, type: "c", major: 1, minor: 3, access: "rw" },
    { allow: false, type: "b", major: 7, access: "w" },
  ];
  assert.deepEqual(lines(...rules), ["allow a *:* rwm", "deny b 7:* w"]);
});

test("an a rule that denies is everything, as the kernel has it, whatever its access", () => {
  assert.deepEqual(lines(allowAll, { allow: false, type: "a", access: "w" }), denied());
  assert.deepEqual(lines(allowAll, { allow: false, type: "a", major: 9, access: "rwm" }), denied());
});

test("an a rule that allows some numbers or access does not open the others", () => {
  const result = lines(denyAll, { allow: true, type: "a", major: 11, minor: 5, access: "r" });
  assert.ok(result.includes("allow b 11:5 r") && result.includes("allow c 11:5 r"));
  assert.equal(result[0], "deny a *:* rwm");
  assert.ok(lines(denyAll, { allow: true, access: "rw" }).includes("allow b *:* rwm"), "adds up with the default m");
});

test("who brings a default device of his own says who may use it", () => {
  const drawn = (nodes: string[]) => deviceLines(deviceRules([denyAll], nodes)).map(({ value }) => value);
  assert.ok(drawn([]).includes("c 1:7 rwm"));
  assert.ok(!drawn(["/dev/full"]).includes("c 1:7 rwm"));
  assert.equal(drawn(["/dev/full", "/dev/other"]).length, drawn([]).length - 1);
});

test("a hole in a wildcard is refused, naming both", () => {
  const rules: DeviceRule[] = [
    denyAll,
    { allow: true, type: "c", major: 4, access: "rw" },
    { allow: false, type: "c", major: 4, minor: 2, access: "w" },
  ];
  assert.throws(
    () => deviceRules(rules),
    /^TsruncError: \/linux\/resources\/devices\/2: cannot deny c 4:2 w .*: c 4:\* rw, a wildcard, is allowed/,
  );
  const other = { ...rules[2], access: "m" } as DeviceRule;
  assert.ok(deviceRules([...rules.slice(0, 2), other]), "no access in common: no hole");
});

test("a hole that a default rule would make is laid at the user's wildcard", () => {
  const rules: DeviceRule[] = [allowAll, { allow: false, type: "c", major: 1, access: "rw" }];
  assert.throws(() => deviceRules(rules), /^TsruncError: \/linux\/resources\/devices\/1: cannot allow c 1:3 rwm \(default:\/dev\)/);
});

for (const [rule, message] of [
  [{ allow: true, type: "u", access: "r" }, /devices\/0\/type: invalid cgroup device type "u"/],
  [{ allow: true, type: "p", access: "r" }, /devices\/0\/type: invalid cgroup device type "p"/],
  [{ allow: true, type: "c" }, /devices\/0\/access: device access field cannot be empty/],
  [{ allow: true, type: "c", access: "" }, /devices\/0\/access: device access field cannot be empty/],
  [{ allow: true, type: "c", access: "rx" }, /devices\/0\/access: invalid device access "rx"/],
  [{ allow: true, type: "c", major: -2, access: "r" }, /devices\/0\/major: invalid major device number -2/],
  [{ allow: true, type: "c", minor: 4294967296, access: "r" }, /devices\/0\/minor: invalid minor device number 4294967296/],
] as const) {
  test(`refused: ${message}`, () => assert.throws(() => deviceRules([rule]), message));
}

test("an access is permitted by one exception that covers it, or denied by one that touches it", () => {
  const [read, write] = [2, 4];
  const listed = deviceRules([denyAll, { allow: true, type: "b", major: 8, access: "r" }]);
  assert.ok(permits(listed, "c", 1, 3, read | write) && permits(listed, "b", 8, 5, read));
  assert.ok(!permits(listed, "b", 8, 5, read | write) && !permits(listed, "c", 8, 5, read) && !permits(listed, "b", 9, 5, read));
  const open = deviceRules([allowAll, { allow: false, type: "b", major: 8, minor: 0, access: "w" }]);
  assert.ok(permits(open, "b", 8, 0, read) && permits(open, "b", 8, 1, read | write) && !permits(open, "b", 8, 0, read | write));
});

test("lines of one file that one rule asks for are one write list, in their order", () => {
  const state = deviceRules([denyAll, { allow: true, minor: 0, access: "r" }, { allow: true, type: "b", major: 8, minor: 0, access: "w" }]);
  assert.deepEqual(deviceWrites(deviceLines(state)), [
    { file: "devices.deny", rules: ["a *:* rwm"], at: "/linux/resources/devices" },
    { file: "devices.allow", rules: ["b *:0 r", "c *:0 r"], at: "/linux/resources/devices/1" },
    { file: "devices.allow", rules: ["b 8:0 w"], at: "/linux/resources/devices/2" },
    { file: "devices.allow", rules: defaults, at: "default:/dev" },
  ]);
  assert.deepEqual(deviceWrites(deviceLines(deviceRules(undefined))), [
    { file: "devices.deny", rules: ["a *:* rwm"], at: "/linux/resources/devices" },
    { file: "devices.allow", rules: defaults, at: "default:/dev" },
  ]);
});
