import { test } from "node:test";
import { user } from "../../../../src/spec/rules/user.js";
import { type FullConfig, passes, refuses } from "./support.js";

const ids =
  (properties: object) =>
  (c: FullConfig): void => {
    c.process.user = properties;
  };

test("4294967295 is no id", () => {
  passes(user, ids({ uid: 4294967294, gid: 4294967294, additionalGids: [1, 1] }));
  passes(user, (c) => Reflect.deleteProperty(c.process, "user"));
  refuses(user, ids({ uid: 4294967295 }), "/process/user/uid", "invalid uid 4294967295");
  refuses(user, ids({ gid: 4294967295 }), "/process/user/gid", "invalid gid 4294967295");
  refuses(user, ids({ additionalGids: [1, 4294967295] }), "/process/user/additionalGids/1", "invalid gid 4294967295");
});

test("ids must be mapped in a new user namespace", () => {
  const mapped =
    (properties: object, path = "") =>
    (c: FullConfig): void => {
      c.linux.namespaces.push({ type: "user", path });
      c.linux.uidMappings = [{ containerID: 0, hostID: 1000, size: 10 }];
      c.linux.gidMappings = [{ containerID: 0, hostID: 1000, size: 10 }];
      c.process.user = properties;
    };
  passes(user, mapped({ uid: 9, gid: 9 }));
  passes(user, mapped({ uid: 10, gid: 10 }, "/proc/1/ns/user"));
  refuses(user, mapped({ uid: 10 }), "/process/user/uid", "cannot setuid to unmapped uid 10 in user namespace");
  refuses(user, mapped({ gid: 10 }), "/process/user/gid", "cannot setgid to unmapped gid 10 in user namespace");
});
