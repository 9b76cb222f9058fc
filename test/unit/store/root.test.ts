import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { host } from "tsrunc:host";
import { inUserNamespace } from "../../../src/host/facts.js";
import type { Host } from "../../../src/host/port.js";
import { listIds } from "../../../src/store/list.js";
import { absolutePath, baseName, dirName, NO_CWD } from "../../../src/store/paths.js";
import { makeRoot, stateRoot } from "../../../src/store/root.js";

/** This host with another environment and user: only the choice of the path is under test. */
function as(env: Record<string, string>, euid = 0): Host {
  const native = Object.create(host.native, { geteuid: { value: () => euid } }) as Host["native"];
  return { ...host, env, native };
}

test("an explicit root: absolute from the caller's directory, never /", () => {
  assert.deepEqual(stateRoot(as({}), "a/../b", "/cwd", inUserNamespace), { path: "/cwd/b", explicit: true, sticky: false });
  for (const root of ["/", "//", "/..", "/x/.."])
    assert.throws(() => stateRoot(as({}), root, "/", inUserNamespace), /should not be set to \//);
});

test("root has /run/tsrunc, whatever XDG_RUNTIME_DIR says", { skip: process.getuid?.() !== 0 }, () => {
  assert.equal(stateRoot(as({ XDG_RUNTIME_DIR: "/run/user/0" }), undefined, "/", inUserNamespace).path, "/run/tsrunc");
  assert.equal(stateRoot(as({}), undefined, "/", inUserNamespace).explicit, false);
});

test("others have XDG_RUNTIME_DIR, sticky; empty is unset", () => {
  assert.deepEqual(stateRoot(as({ XDG_RUNTIME_DIR: "/run/user/7" }, 7), undefined, "/", inUserNamespace), {
    path: "/run/user/7/tsrunc",
    explicit: false,
    sticky: true,
  });
  assert.equal(stateRoot(as({ XDG_RUNTIME_DIR: "" }, 7), undefined, "/", inUserNamespace).path, "/run/tsrunc");
});

test("the root is made with its parents, 0700, sticky below XDG_RUNTIME_DIR", () => {
  const dir = mkdtempSync(join(tmpdir(), "tsrunc-root-"));
  try {
    const path = join(dir, "a/b");
    makeRoot(host.native, { path, explicit: true, sticky: false });
    assert.equal(statSync(path).mode & 0o7777, 0o700);
    makeRoot(host.native, { path, explicit: false, sticky: true });
    assert.equal(statSync(path).mode & 0o7777, 0o1700);
    assert.deepEqual(listIds(host.native, { path, explicit: true, sticky: false }), []);
    assert.throws(() => makeRoot(host.native, { path: "/proc/self/stat/x", explicit: true, sticky: false }), { code: "EEXIST" });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test("a missing root: empty by default, an error when given", () => {
  assert.deepEqual(listIds(host.native, { path: "/nonexistent/x", explicit: false, sticky: false }), []);
  assert.throws(() => listIds(host.native, { path: "/nonexistent/x", explicit: true, sticky: false }), { code: "ENOENT" });
});

test("paths as text", () => {
  assert.equal(absolutePath("../../../x//y/.", "/a/b"), "/x/y");
  assert.equal(absolutePath(".", "/a/b"), "/a/b");
  assert.equal(absolutePath("/x/..", NO_CWD), "/");
  assert.throws(() => absolutePath("x", NO_CWD), /"x" is a relative path/);
  assert.equal(dirName("/a"), "/");
  assert.equal(dirName("/a/b"), "/a");
  assert.equal(baseName("/a/b"), "b");
});
