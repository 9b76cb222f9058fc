import assert from "node:assert/strict";
import test from "node:test";
import { allHints, hintFor } from "../../../src/errors/hints.js";

/** What dockerd, containerd, podman and CRI-O look for (survey 3.2 to 3.6). */
const phrases = [
  /permission denied/i,
  /operation not permitted/i,
  /no such file or directory/i,
  /executable file/i,
  /open executable/i,
  /is a directory/i,
  /not a directory/i,
  /no such process/i,
  /not running/i,
  /does not exist/i,
  /already exists/i,
  /file specified/i,
];

test("no hint holds a phrase that an engine looks for", () => {
  for (const hint of allHints()) for (const phrase of phrases) assert.doesNotMatch(hint, phrase);
});

test("every hint is one line without an end", () => {
  for (const hint of allHints()) assert.match(hint, /^[^\n]+[^\n.]$/);
});

const cases: readonly [string, Parameters<typeof hintFor>[0], RegExp][] = [
  ["a missing mount source", { verb: "mount.bind", code: "ENOENT", call: 'open_tree("/srv/x")', object: "/srv/x" }, /source.*\(\/srv\/x\)/],
  [
    "a directory on a file",
    { verb: "mount.bind", code: "ENOTDIR" },
    /^Are you trying to mount a directory onto a file \(or vice-versa\)\?/,
  ],
  ["a mount in a user namespace", { verb: "mount.fs", code: "EPERM", userNamespace: true }, /user namespace/],
  ["a mount without privileges", { verb: "mount.fs", code: "EPERM" }, /CAP_SYS_ADMIN/],
  ["a missing controller", { verb: "cgroup.write", code: "ENOENT", object: "/sys/fs/cgroup/x/pids.max" }, /controller "pids"/],
  ["a read-only cgroupfs", { verb: "cgroup.create", code: "EROFS" }, /read-only/],
  ["an empty cpuset", { verb: "cgroup.enter", code: "ENOSPC" }, /cpuset/],
  ["a missing interpreter", { verb: "process.exec", code: "ENOENT", text: "exec /x: no such file or directory" }, /interpreter/],
  ["another architecture", { verb: "process.exec", code: "ENOEXEC" }, /architecture/],
  ["noexec", { verb: "process.exec", code: "EACCES" }, /noexec/],
  ["pivot on a ramfs", { verb: "rootfs.pivot", code: "EINVAL" }, /--no-pivot/],
];

for (const [name, failure, expected] of cases) {
  test(`hint: ${name}`, () => assert.match(hintFor(failure) ?? "", expected));
}

test("no hint where we know no better", () => {
  assert.equal(hintFor({ verb: "uts.hostname", code: "EFAULT" }), undefined);
  assert.equal(hintFor({ verb: "mount.bind", code: "ENOENT", call: 'mkdirat("x")' }), undefined);
});
