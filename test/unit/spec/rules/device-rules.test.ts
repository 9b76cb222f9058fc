import { test } from "node:test";
import { deviceRules } from "../../../../src/spec/rules/device-rules.js";
import { type FullConfig, passes, refuses } from "./support.js";

const rule =
  (properties: object) =>
  (c: FullConfig): void => {
    c.linux.resources.devices = [
      { allow: false, access: "rwm" },
      { allow: true, access: "r", ...properties },
    ];
  };
const at = "/linux/resources/devices/1";

test("device rules", () => {
  for (const type of ["a", "b", "c", ""]) passes(deviceRules, rule({ type, major: -1, minor: 4294967295 }));
  refuses(deviceRules, rule({ access: "" }), `${at}/access`, "device access at 1 field cannot be empty");
  refuses(deviceRules, rule({ access: undefined }), `${at}/access`, "device access at 1 field cannot be empty");
  refuses(deviceRules, rule({ access: "rx" }), `${at}/access`, 'invalid device access "rx": only the letters r, w and m have a meaning');
  refuses(deviceRules, rule({ type: "u" }), `${at}/type`, 'invalid cgroup device type "u"');
  refuses(deviceRules, rule({ major: -2 }), `${at}/major`, "invalid major device number -2");
  refuses(deviceRules, rule({ minor: 9223372036854775807n }), `${at}/minor`, "invalid minor device number 9223372036854775807");
});
