import { test } from "node:test";
import { devices } from "../../../../src/spec/rules/devices.js";
import { type FullConfig, passes, refuses } from "./support.js";

const device =
  (properties: object) =>
  (c: FullConfig): void => {
    c.linux.devices = [
      { type: "c", path: "/dev/null", major: 1, minor: 3 },
      { type: "c", path: "/dev/x", major: 1, minor: 3, ...properties },
    ];
  };

test("devices", () => {
  passes(devices, device({ major: 4095, minor: 1048575, fileMode: 8630, uid: 4294967294 }));
  passes(devices, device({ type: "p", major: -1, minor: -1 }));
  refuses(devices, device({ path: "dev/x" }), "/linux/devices/1/path", 'device path must be absolute, not "dev/x"');
  refuses(devices, device({ major: -1 }), "/linux/devices/1/major", "invalid major device number -1: must be from 0 to 4095");
  refuses(devices, device({ minor: 1048576 }), "/linux/devices/1/minor", "invalid minor device number 1048576: must be from 0 to 1048575");
  refuses(
    devices,
    device({ minor: 18446744073709551615n }),
    "/linux/devices/1/minor",
    "invalid minor device number 18446744073709551615: must be from 0 to 1048575",
  );
  refuses(devices, device({ uid: 4294967295 }), "/linux/devices/1/uid", 'invalid uid 4294967295: chown(2) takes it for "leave unchanged"');
  refuses(devices, device({ gid: 4294967295 }), "/linux/devices/1/gid", 'invalid gid 4294967295: chown(2) takes it for "leave unchanged"');
});
