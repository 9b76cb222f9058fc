// Id-mapped mounts, labels, and the plans of `mounts add` and `mounts remove`.
import { test } from "node:test";
import assert from "node:assert/strict";
import { compileMountsAdd, compileMountsRemove } from "../../../src/plan/mounts.js";
import { renderText } from "../../../src/plan/render.js";
import type { Config } from "../../../src/spec/config.js";
import { hosts } from "../../golden/facts.js";
import { compiled, stepsOf } from "./input.js";

const lines = (plan: Parameters<typeof renderText>[0]): string[] =>
  renderText(plan)
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/ {2,}/g, " | "));

test("an id-mapped mount is made by the runtime right before it is attached, in init's mount namespace", () => {
  const maps = [{ containerID: 0, hostID: 7, size: 1 }];
  const mounts = [{ destination: "/x", source: "data", options: ["rbind", "ro", "rnoexec"], uidMappings: maps, gidMappings: maps }];
  const plan = compiled({ config: { mounts } });
  const [open] = stepsOf(plan, "mount.prepare");
  assert.deepEqual(open?.op, {
    verb: "mount.prepare",
    source: "/bundle/data",
    fstype: "",
    recursive: true,
    flags: 0,
    data: "",
    propagation: 0,
    mapped: true,
    mapTree: false,
    uid: [{ containerId: 0, hostId: 7, size: 1 }],
    gid: [{ containerId: 0, hostId: 7, size: 1 }],
    from: "init",
    slot: 40,
  });
  const [bind] = stepsOf(plan, "mount.bind");
  assert.deepEqual([bind?.op.sourceSlot, bind?.op.flags, bind?.op.recSet], [40, 1, 8]);
  assert.equal(
    plan.steps.findIndex(({ id }) => id === "mounts/0/bind"),
    plan.steps.findIndex(({ id }) => id === "mounts/0/open") + 1,
  );
});

test("mountLabel: quoted context= where the filesystem takes it, afterwards for mqueue", () => {
  const types = ["proc", "sysfs", "tmpfs", "devpts", "mqueue"];
  const mounts = [
    ...types.map((type) => ({ destination: `/${type}`, type, source: type })),
    { destination: "/sized", type: "tmpfs", source: "tmpfs", options: ["size=1k"] },
    { destination: "/bound", source: "/srv", options: ["bind"] },
  ];
  const mountLabel = "system_u:object_r:container_file_t:s0:c1,c2";
  const plan = compiled({
    config: { mounts, linux: { namespaces: [{ type: "mount" }], mountLabel } },
    facts: { ...hosts.hybrid, selinux: true },
  });
  const context = `context="${mountLabel}"`;
  assert.deepEqual(
    stepsOf(plan, "mount.fs").map(({ op }) => [op.target, op.data]),
    [
      ["/proc", ""],
      ["/sysfs", ""],
      ["/tmpfs", context],
      ["/devpts", context],
      ["/mqueue", ""],
      ["/sized", `size=1k,${context}`],
    ],
  );
  const [label] = stepsOf(plan, "mount.label");
  assert.deepEqual(
    [label?.id, label?.at, label?.op.target, label?.op.label],
    ["mounts/4/label", "/linux/mountLabel", "/mqueue", mountLabel],
  );
});

const config: Config = { ociVersion: "1.3.0", linux: {} };

test("mounts add: each one is made outside, written down, attached", () => {
  const mounts = [
    { destination: "/a", source: "data", options: ["rbind", "ro"] },
    { destination: "/b", type: "tmpfs", source: "tmpfs", options: ["size=1k", "ro"] },
  ];
  const target = { id: "c1", config, userNamespace: false, hostRoot: true };
  assert.deepEqual(lines(compileMountsAdd({ target, mounts, directory: "/here" })), [
    "runtime | container/pidfd | open a pidfd of the container's init (slot 16) | default:mounts",
    "runtime | stage/spawn | start tsrunc-init | default:mounts",
    "stage | namespaces/enter | join mount of the process at slot 16 | default:mounts",
    "stage | rootfs/adopt | take / for the rootfs | default:mounts",
    "runtime | mounts/0/open | open the tree /here/data (rslave) | /0",
    "runtime | mounts/0/note | write into state.json that a mount comes to /a | /0",
    "stage | mounts/0/bind | attach /here/data on /a (ro) | /0",
    "runtime | mounts/1/open | open tmpfs tmpfs (ro,size=1k) | /1",
    "runtime | mounts/1/note | write into state.json that a mount comes to /b | /1",
    "stage | mounts/1/tmpfs | attach tmpfs on /b | /1",
    "runtime | stage/end | let tsrunc-init end | default:mounts",
  ]);
});

test("mounts add to a user namespace: its root makes mount points, a tmpfs is its own, a disk is the host's", () => {
  const mounts = [
    { destination: "/a", type: "tmpfs", source: "tmpfs" },
    { destination: "/b", type: "ext4", source: "/dev/vdb" },
    { destination: "/c", type: "tmpfs", source: "tmpfs", options: ["idmap"] },
  ];
  const target = { id: "c1", config, userNamespace: true, hostRoot: true };
  const plan = compileMountsAdd({ target, mounts, directory: "/" });
  assert.deepEqual(
    stepsOf(plan, "mount.prepare").map(({ op }) => op.from),
    ["container", "host", "host"],
  );
  assert.equal(stepsOf(plan, "identity.root").length, 1);
});

test("propagation follows the container's root", () => {
  const propagation = (rootfsPropagation?: NonNullable<Config["linux"]>["rootfsPropagation"]): unknown => {
    const linux = rootfsPropagation === undefined ? {} : { rootfsPropagation };
    const target = { id: "c1", config: { ...config, linux }, userNamespace: false, hostRoot: true };
    const plan = compileMountsAdd({ target, mounts: [{ destination: "/a", source: "/b", options: ["bind"] }], directory: "/" });
    return stepsOf(plan, "mount.prepare")[0]?.op.propagation;
  };
  const [slave, isPrivate] = [(1 << 19) | (1 << 14), (1 << 18) | (1 << 14)];
  assert.deepEqual(
    [propagation(), propagation("rslave"), propagation("rshared"), propagation("private"), propagation("unbindable")],
    [slave, slave, 0, isPrivate, slave],
  );
});

test("mounts remove: what is gone is forgotten, the rest unmounted where it is now", () => {
  const target = { id: "c1", config, userNamespace: true, hostRoot: true };
  const mounts = [
    { mountId: "77", point: "/moved/a", at: "/1" },
    { mountId: "70", point: undefined, at: "/0" },
  ];
  assert.deepEqual(lines(compileMountsRemove({ target, mounts })).slice(2, -1), [
    "stage | namespaces/enter | join mount of the process at slot 16 | default:mounts",
    "stage | rootfs/adopt | take / for the rootfs | default:mounts",
    "stage | mounts/0/detach | unmount /moved/a if it is mount 77 | /1",
    "runtime | mounts/forget | take the mounts 77, 70 out of state.json | default:mounts",
  ]);
  const rootless = compileMountsRemove({ target: { ...target, hostRoot: false }, mounts });
  assert.equal(stepsOf(rootless, "identity.root").length, 1);
});
