import { test } from "node:test";
import { mounts } from "../../../../src/spec/rules/mounts.js";
import { type FullConfig, passes, refuses, without } from "./support.js";

const mount =
  (properties: object) =>
  (c: FullConfig): void => {
    c.mounts = [
      { destination: "/proc", type: "proc" },
      { destination: "/x", ...properties },
    ];
  };

test("mounts that make sense", () => {
  passes(mounts, mount({ type: "tmpfs", options: ["size=1k", "mode=755", "tmpcopyup"] }));
  passes(mounts, mount({ source: "/a", options: ["rbind", "ro", "rslave", "rro", "nosymfollow", "rrelatime"] }));
  passes(mounts, mount({ options: ["remount", "ro"] }));
  passes(mounts, mount({ destination: "relative", type: "tmpfs" }));
  passes(mounts, (c) => without(c, "mount"));
});

test("mounts that do not", () => {
  for (const destination of ["/", "", "//", "/a/..", "."]) {
    const message = `mountpoint ${JSON.stringify(destination)} is on the top of rootfs`;
    refuses(mounts, mount({ destination, type: "tmpfs" }), "/mounts/1/destination", message);
  }
  const data = 'bind mounts cannot have any filesystem-specific options applied ("size=1")';
  refuses(mounts, mount({ type: "tmpfs", options: ["bind", "size=1"] }), "/mounts/1/options/1", data);
  refuses(mounts, mount({ source: "x" }), "/mounts/1", "a mount needs a type, unless its options have bind, rbind or remount");
  refuses(mounts, mount({ type: "mqueue", options: ["tmpcopyup"] }), "/mounts/1/options/0", "tmpcopyup is possible only for tmpfs");
  const host = (c: FullConfig): void => {
    mount({ type: "tmpfs" })(c);
    without(c, "mount");
  };
  refuses(mounts, host, "/mounts", "unable to mount without a private MNT namespace: the mounts would be made on the host");
});
