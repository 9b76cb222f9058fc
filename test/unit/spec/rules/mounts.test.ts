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
  passes(mounts, mount({ source: "/a", options: ["bind", "copy-symlink"] }));
  passes(mounts, mount({ options: ["remount", "ro"] }));
  // mount(2) ignores them for MS_BIND, and engines rely on it.
  passes(mounts, mount({ source: "/a", options: ["bind", "size=1k", "mode=755"] }));
  passes(mounts, mount({ destination: "relative", type: "tmpfs" }));
  passes(mounts, (c) => without(c, "mount"));
});

test("mounts that do not", () => {
  for (const destination of ["/", "", "//", "/a/..", "."]) {
    const message = `mountpoint ${JSON.stringify(destination)} is on the top of rootfs`;
    refuses(mounts, mount({ destination, type: "tmpfs" }), "/mounts/1/destination", message);
  }
  refuses(mounts, mount({ source: "x" }), "/mounts/1", "a mount needs a type, unless its options have bind, rbind or remount");
  refuses(mounts, mount({ type: "mqueue", options: ["tmpcopyup"] }), "/mounts/1/options/0", "tmpcopyup is possible only for tmpfs");
  refuses(
    mounts,
    mount({ source: "/a", options: ["bind", "src-nofollow"] }),
    "/mounts/1/options/1",
    "src-nofollow is not supported by this version of tsrunc (mounts of symbolic links)",
  );
  const host = (c: FullConfig): void => {
    mount({ type: "tmpfs" })(c);
    without(c, "mount");
  };
  passes(mounts, host);
  const message = "unable to mount without a private MNT namespace: the host's does not belong to the user namespace";
  refuses(mounts, host, "/mounts", message, { euid: 1000 });
  refuses(mounts, (c) => (host(c), c.linux.namespaces.push({ type: "user" })), "/mounts", message);
});
