import { test } from "node:test";
import type { Linux } from "../../../../src/spec/config.js";
import { netDevices } from "../../../../src/spec/rules/net-devices.js";
import { type FullConfig, passes, refuses, without } from "./support.js";

type Devices = NonNullable<Linux["netDevices"]>;
const set = (value: Devices) => (c: FullConfig) => void Object.assign(c.linux, { netDevices: value });
const at = "/linux/netDevices";

test("devices go to a network namespace, which root alone can give them", () => {
  const message = "unable to move network devices without a NET namespace";
  refuses(netDevices, (c) => (without(c, "network"), set({ eth0: {} })(c)), at, message);
  refuses(netDevices, set({ eth0: {} }), at, "network devices are not supported for rootless containers", { euid: 1000 });
  passes(netDevices, (c) => (without(c, "network"), set({})(c)));
});

test("names are those of the kernel", () => {
  for (const name of ["", ".", "..", "a b", "a/b", "a:b", "sixteen-letters-", "eth%d"]) {
    const where = `${at}/${name.replace("/", "~1")}`;
    refuses(netDevices, set({ [name]: {} }), where, `invalid network device name ${JSON.stringify(name)}`);
  }
  for (const name of ["a b", "eth%s", "%d%d", "x\u0000"]) {
    refuses(netDevices, set({ eth0: { name } }), `${at}/eth0/name`, `invalid network device name ${JSON.stringify(name)}`);
  }
  passes(
    netDevices,
    set({ eth0: {}, eth1: { name: "" }, eth2: { name: "fifteen-letters" }, eth3: { name: "net%d" }, eth4: { name: "net%d" } }),
  );
});

test("two of one name", () => {
  const message = 'network devices "a" and "b" would both be called "eth0"';
  refuses(netDevices, set({ a: { name: "eth0" }, b: { name: "eth0" } }), `${at}/b`, message);
});
