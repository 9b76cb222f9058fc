// linux.cgroupsPath of the systemd driver.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unitGroup, unitOf, unitPlaces } from "../../../src/cgroup/unit.js";
import type { Facts } from "../../../src/plan/facts.js";
import { hybridFacts } from "./facts.js";

const names: readonly [path: string | undefined, user: boolean, name: string, slice: string, cgroup: string][] = [
  ["system.slice:docker:abc", false, "docker-abc.scope", "system.slice", "/system.slice/docker-abc.scope"],
  ["a-b-c.slice:cri-containerd:x", false, "cri-containerd-x.scope", "a-b-c.slice", "/a.slice/a-b.slice/a-b-c.slice/cri-containerd-x.scope"],
  [":p:x", false, "p-x.scope", "system.slice", "/system.slice/p-x.scope"],
  [":p:x", true, "p-x.scope", "user.slice", "/user.slice/p-x.scope"],
  ["-.slice::x", false, "x.scope", "-.slice", "/x.scope"],
  ["system.slice:p:a-b.slice", false, "a-b.slice", "system.slice", "/a.slice/a-b.slice"],
  [undefined, false, "tsrunc-box.scope", "system.slice", "/system.slice/tsrunc-box.scope"],
  ["", false, "tsrunc-box.scope", "system.slice", "/system.slice/tsrunc-box.scope"],
];

for (const [path, user, name, slice, cgroup] of names) {
  test(`${path} of ${user ? "a user" : "the system"} is ${cgroup}`, () => {
    assert.deepEqual(unitOf(path, "box", user), { name, slice, path: cgroup });
  });
}

for (const path of [
  "/a/b",
  "a:b",
  "system.slice:a:b:c",
  "system.slice:p:",
  "system:p:x",
  "a--b.slice:p:x",
  "-a.slice:p:x",
  "../x.slice:p:y",
  "x.slice:p:a/b",
]) {
  test(`${path} is refused`, () => assert.throws(() => unitOf(path, "box", false), /\/linux\/cgroupsPath: /));
}

function v2(own: string): Facts {
  return {
    ...hybridFacts,
    euid: 1000,
    cgroup: { mode: "v2", hierarchies: [{ version: 2, mountpoint: "/cg", controllers: ["pids"], own }] },
  };
}

test("of a user: below the instance that we are in, whose session we are in, or that systemd would start", () => {
  const unit = unitOf(":p:x", "box", true);
  const dir = (own: string) => unitPlaces(unit, true, v2(own)).map((place) => place.dir);
  assert.deepEqual(dir("/user.slice/user-7.slice/user@7.service/app.slice/a.scope"), [
    "/cg/user.slice/user-7.slice/user@7.service/user.slice/p-x.scope",
  ]);
  assert.deepEqual(dir("/user.slice/user-7.slice/session-1.scope"), ["/cg/user.slice/user-7.slice/user@7.service/user.slice/p-x.scope"]);
  assert.deepEqual(dir("/x"), ["/cg/user.slice/user-1000.slice/user@1000.service/user.slice/p-x.scope"]);
  assert.equal(unitGroup(unit, true, v2("/x")), "/user.slice/user-1000.slice/user@1000.service/user.slice/p-x.scope");
});

test("every hierarchy of a hybrid host has it, for root alone", () => {
  const unit = unitOf("a.slice:p:x", "box", false);
  for (const { dir, mountpoint } of unitPlaces(unit, false, hybridFacts)) assert.equal(dir, `${mountpoint}/a.slice/p-x.scope`);
  assert.equal(unitGroup(unit, false, hybridFacts), "");
  assert.throws(() => unitPlaces(unit, true, hybridFacts), /cannot use rootless systemd cgroups manager on cgroup v1/);
});
