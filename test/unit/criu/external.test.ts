import { test } from "node:test";
import assert from "node:assert/strict";
import {
  dumpedMount,
  dumpedNamespace,
  handedNamespaces,
  externalFile,
  inheritedStreams,
  mountIds,
  isBind,
  joinedNamespaces,
  maskedFiles,
  mountPoints,
  namespaceKey,
  restoredMount,
} from "../../../src/criu/external.js";
import type { Config, Namespace } from "../../../src/spec/config.js";

const withNamespaces = (...namespaces: Namespace[]): Config => ({ ociVersion: "1.0.2", linux: { namespaces } });

test("the key of a mount is the same at checkpoint and at restore, whatever its source is by then", () => {
  const mount = { destination: "/data", key: "/data", source: "/srv/other" };
  assert.equal(dumpedMount(mount), "mnt[/data]:/data");
  assert.equal(restoredMount(mount), "mnt[/data]:/srv/other");
});

test("a bind mount by type or by option", () => {
  assert.equal(isBind({ destination: "/a", type: "bind" }), true);
  assert.equal(isBind({ destination: "/a", type: "none", options: ["ro", "rbind"] }), true);
  assert.equal(isBind({ destination: "/a", type: "tmpfs", options: ["ro"] }), false);
});

test("network and pid namespaces of others are handed to CRIU, the rest it joins", () => {
  const config = withNamespaces(
    { type: "network", path: "/run/netns/x" },
    { type: "pid", path: "/proc/1/ns/pid" },
    { type: "ipc", path: "/proc/1/ns/ipc" },
    { type: "mount" },
    { type: "uts", path: "" },
  );
  assert.deepEqual(handedNamespaces(config), [
    { type: "network", path: "/run/netns/x" },
    { type: "pid", path: "/proc/1/ns/pid" },
  ]);
  assert.deepEqual(joinedNamespaces(config), [{ ns: "ipc", ns_file: "/proc/1/ns/ipc" }]);
  assert.deepEqual([namespaceKey("network"), namespaceKey("pid")], ["extRootNetNS", "extRootPidNS"]);
  assert.equal(dumpedNamespace("network", 4026532000), "net[4026532000]:extRootNetNS");
});

test("a cgroup namespace of others is refused", () => {
  assert.throws(
    () => joinedNamespaces(withNamespaces({ type: "cgroup", path: "/proc/1/ns/cgroup" })),
    /can not restore into a cgroup namespace/,
  );
});

test("pipes and files of the host are replaced by those of the restore, others are the container's", () => {
  assert.deepEqual(inheritedStreams(["/dev/null", "pipe:[17]", "file[1b:22a1f]"]), [
    { key: "pipe:[17]", fd: 1 },
    { key: "file[1b:22a1f]", fd: 2 },
  ]);
  assert.deepEqual(inheritedStreams(["", "pipe:[17]", "pipe:[17]"]), [{ key: "pipe:[17]", fd: 1 }]);
  assert.equal(externalFile(27, 141855), "file[1b:22a1f]");
});

const mountinfo = `512 480 0:52 / / rw,relatime - overlay overlay rw
513 512 0:53 / /proc rw - proc proc rw
520 513 0:54 /null /proc/kcore rw,nosuid - tmpfs tmpfs rw
521 513 0:55 / /proc/acpi ro - tmpfs tmpfs ro
522 513 0:5 /null /proc/keys rw,nosuid - devtmpfs devtmpfs rw
523 512 0:54 / /dev rw,nosuid - tmpfs tmpfs rw
524 512 0:56 / /with\\040space rw - tmpfs tmpfs rw
`;

test("masked files are what a null device of the host covers, as the kernel shows it", () => {
  const config: Config = { ociVersion: "1.0.2", linux: { maskedPaths: ["/proc/acpi", "/proc/kcore/", "/proc/keys"] } };
  assert.deepEqual(maskedFiles(config, mountinfo), ["/proc/keys"], "the one of the container's own /dev is saved with it");
  const bound: Config = { ...config, mounts: [{ destination: "/dev/", type: "bind", source: "/dev" }] };
  assert.deepEqual(maskedFiles(bound, mountinfo), ["/proc/kcore", "/proc/keys"]);
  assert.ok(mountPoints(mountinfo).has("/with space"));
  assert.ok(mountIds(mountinfo).has("512") && !mountIds(mountinfo).has("480"));
});
