import { test } from "node:test";
import assert from "node:assert/strict";
import { SysError } from "../../../src/errors/errors.js";
import type { Native } from "../../../src/host/port.js";
import { errorLines } from "../../../src/runtime/criu-log.js";
import { resolveBelow } from "../../../src/runtime/criu-mounts.js";
import { searchPath } from "../../../src/runtime/criu-program.js";

test("criu is looked for in PATH, then where distributions have it; never below the working directory", () => {
  const standard = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];
  assert.deepEqual(searchPath(""), standard);
  assert.deepEqual(searchPath("/opt/criu:bin::.:/usr/bin"), ["/opt/criu", "/usr/bin", ...standard.filter((dir) => dir !== "/usr/bin")]);
});

test("the last errors of a log, without their times", () => {
  const log = `(00.000001) Version: 4.1
(00.02) Error (criu/a.c:1): one
tar: Error is not recoverable
(00.03)      1: Error (criu/b.c:2): two
(00.04) Warn  (criu/c.c:3): not an error
`;
  assert.deepEqual(errorLines(log), ["Error (criu/a.c:1): one", "1: Error (criu/b.c:2): two"]);
  const many = Array.from({ length: 9 }, (_, index) => `(0.1) Error (x): ${index}`).join("\n");
  assert.deepEqual(errorLines(many), ["Error (x): 5", "Error (x): 6", "Error (x): 7", "Error (x): 8"]);
  assert.deepEqual(errorLines(""), []);
});

/** Links by path; all else is there and no link. */
function withLinks(links: Readonly<Record<string, string>>): Native {
  const readlink = (path: string): string => {
    const target = links[path];
    if (target === undefined) throw new SysError(`readlink("${path}")`, 22, "EINVAL", "invalid argument", path);
    return target;
  };
  return { readlink } as unknown as Native;
}

test("a destination is resolved as the container would, and never leads out of its root", () => {
  const native = withLinks({ "/r/var/run": "/run", "/r/run/x": "../../../etc", "/r/loop": "loop", "/r/a/rel": "b/./c" });
  assert.equal(resolveBelow(native, "/r", "/var/run/secrets"), "/run/secrets");
  assert.equal(resolveBelow(native, "/r", "//var/run//x/y/"), "/etc/y");
  assert.equal(resolveBelow(native, "/r", "/a/rel/d"), "/a/b/c/d");
  assert.equal(resolveBelow(native, "/r", "/../../etc"), "/etc");
  assert.equal(resolveBelow(native, "/r", "/"), "/");
  assert.equal(resolveBelow(native, "/r", "/loop"), "/loop", "a circle of links ends");
});
