// What must come before what, whatever the container: each pair is a promise of the specification or closes a hole.
import { test } from "node:test";
import assert from "node:assert/strict";
import type { Config, Mount, Namespace } from "../../../src/spec/config.js";
import type { Facts } from "../../../src/plan/facts.js";
import { project } from "../../../src/plan/project.js";
import type { Plan } from "../../../src/plan/types.js";
import { hosts } from "../../golden/facts.js";
import { compiled, ids, opOf, stepsOf, type Wanted } from "./input.js";

const hook = [{ path: "/bin/true" }];
const rlimits = [{ type: "RLIMIT_NOFILE", soft: 10, hard: 20 }];
const everything: Partial<Config> = {
  hostname: "h",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc" },
    { destination: "/ro", type: "tmpfs", source: "tmpfs", options: ["ro"] },
  ],
  hooks: { prestart: hook, createRuntime: hook, createContainer: hook, startContainer: hook },
  root: { path: "rootfs", readonly: true },
};

function full(): Plan {
  return compiled({
    config: everything,
    process: {
      cwd: "/work",
      noNewPrivileges: true,
      oomScoreAdj: 1,
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }],
    },
    linux: {
      namespaces: (["pid", "network", "ipc", "uts", "mount", "cgroup", "user", "time"] as const).map((type) => ({ type })),
      uidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
      gidMappings: [{ containerID: 0, hostID: 1000, size: 10 }],
      timeOffsets: { monotonic: { secs: 1 } },
      sysctl: { "net.ipv4.ip_forward": "1" },
      seccomp: { defaultAction: "SCMP_ACT_ALLOW" },
      maskedPaths: ["/proc/keys"],
      readonlyPaths: ["/proc/sys"],
      resources: { memory: { limit: 1000000 } },
    },
    options: { pidFile: "/run/pid" },
  });
}

/** The steps after which the child hands over. */
function turns(plan: Plan): (string | undefined)[] {
  return project(plan).flatMap((segment) => (segment.who === "child" && segment.turn ? [plan.steps[segment.last]?.id] : []));
}

const pairs: readonly (readonly [before: string, after: string, why: string])[] = [
  ["store/create", "cgroup/create/memory", "the journal is there before the first effect"],
  ["seccomp/compile", "stage/spawn", "slots are filled before they are sent"],
  ["oom-score", "init/clone", "written while the child is still dumpable"],
  ["cgroup/enter", "namespaces/user/unshare", "the host's cgroups are not the new root's"],
  ["namespaces/user/unshare", "namespaces/user/maps", "there is something to map"],
  ["namespaces/user/maps", "namespaces/user/root", "uid 0 exists"],
  ["namespaces/user/root", "init/clone", "the other namespaces belong to the user namespace"],
  ["namespaces/time/unshare", "time-offsets/monotonic", "offsets of the new namespace"],
  ["time-offsets/monotonic", "init/clone", "fixed once a process is inside"],
  ["init/clone", "namespaces/cgroup/unshare", "its root is the container's cgroup"],
  ["rootfs/propagation", "rootfs/enter", "nothing of ours reaches the host"],
  ["mounts/1/tmpfs", "devices/dev/null", "a mount on /dev comes before its nodes"],
  ["devices/dev/core", "cgroup/memory.limit_in_bytes", "the setup is not limited"],
  ["cgroup/memory.limit_in_bytes", "hooks/prestart/0", "hooks see the limits"],
  ["hooks/prestart/0", "hooks/createRuntime/0", "runtime-spec"],
  ["hooks/createRuntime/0", "hooks/createContainer/0", "runtime-spec"],
  ["hooks/createContainer/0", "rootfs/pivot", "runtime-spec"],
  ["rootfs/pivot", "cwd/make", "made in the container"],
  ["cwd/make", "rootfs/readonly", "before nothing can be made"],
  ["mounts/1/readonly", "rootfs/readonly", "the root is last"],
  ["rootfs/readonly", "umask", "survey 2.13"],
  ["sysctl/net.ipv4.ip_forward", "readonly-paths/0", "/proc/sys is still writable"],
  ["readonly-paths/0", "masked-paths/0", "a mask inside a read-only path stays"],
  ["no-new-privileges", "identity", "survey 2.13"],
  ["cwd/enter", "identity", "with the rights of root first"],
  ["identity", "program/lookup", "the user must be able to run it"],
  ["program/lookup", "store/save", "create fails when there is no program"],
  ["rlimits/RLIMIT_NOFILE", "identity", "prlimit(2) on another user's process takes a capability"],
  ["masked-paths/0", "rlimits/RLIMIT_NOFILE", "the setup is not limited"],
  ["store/save", "pid-file", "who reads the pid finds a state"],
  ["pid-file", "gate/wait", "written before create returns"],
  ["gate/wait", "hooks/startContainer/0", "runtime-spec: after start"],
  ["hooks/startContainer/0", "seccomp/load", "a hook needs more than the program"],
  ["seccomp/load", "program/exec", "the filter holds for the program"],
];

test("order of the steps", () => {
  const order = ids(full());
  for (const [before, after, why] of pairs) {
    assert.ok(order.includes(before), `${before} is there`);
    assert.ok(order.includes(after), `${after} is there`);
    assert.ok(order.indexOf(before) < order.indexOf(after), `${before} before ${after}: ${why}`);
  }
});

const needStage: readonly (readonly [why: string, namespace: Namespace])[] = [
  ["a new user namespace", { type: "user" }],
  ["a joined user namespace", { type: "user", path: "/run/ns/user" }],
  ["a joined pid namespace", { type: "pid", path: "/run/ns/pid" }],
  ["a new time namespace", { type: "time" }],
];

for (const [why, namespace] of needStage) {
  test(`${why} takes a stage, which clones init`, () => {
    const verbs = compiled({ linux: { namespaces: [{ type: "mount" }, namespace] } }).steps.map(({ op }) => op.verb);
    assert.ok(verbs.includes("stage.spawn") && verbs.includes("process.clone") && !verbs.includes("init.spawn"));
  });
}

test("without a stage init is spawned once its cgroup is there, and does all that is not the runtime's", () => {
  const joined = (["network", "ipc", "uts", "cgroup", "time", "mount"] as const).map((type) => ({ type, path: `/run/ns/${type}` }));
  const plan = compiled({ linux: { namespaces: [{ type: "pid" }, ...joined] } });
  const order = ids(plan);
  assert.ok(plan.steps.every(({ who }) => who !== "stage"));
  const before = (first: string, second: string): void =>
    assert.ok(order.indexOf(first) < order.indexOf(second), `${first} before ${second}`);
  before("cgroup/create/unified", "cgroup/open");
  before("cgroup/open", "init/spawn");
  before("init/spawn", "cgroup/create/memory");
  // The host's cgroups are not in the mount namespace that is joined.
  before("cgroup/enter", "namespaces/network/join");
  before("namespaces/network/join", "namespaces/mount/join");
  before("namespaces/mount/join", "session");
});

test("a network namespace is made beside the runtime's work, unless the container's memory limit would pay for it", () => {
  const [mount, network] = [0x00020000, 0x40000000];
  const spawned = (facts: Facts) =>
    opOf(compiled({ linux: { namespaces: [{ type: "mount" }, { type: "network" }] }, facts }), "init.spawn");
  assert.deepEqual([spawned(hosts.hybrid).flags, spawned(hosts.hybrid).unshare], [mount, network]);
  assert.deepEqual([spawned(hosts.v2).flags, spawned(hosts.v2).unshare], [mount + network, 0]);
});

test("limits that nothing of create depends on are set in the turn that saves the state", () => {
  const [mount, network] = [{ type: "mount" }, { type: "network" }] as const;
  const resources = { memory: { limit: 1000000 } };
  const order = (more: Partial<Config>) => ids(compiled({ config: more, linux: { namespaces: [mount, network], resources } }));
  const plain = order({});
  assert.ok(plain.indexOf("program/lookup") < plain.indexOf("cgroup/memory.limit_in_bytes"));
  assert.ok(plain.indexOf("cgroup/memory.limit_in_bytes") < plain.indexOf("store/save"));
  // The state, then the gate.
  assert.equal(turns(compiled({ linux: { namespaces: [mount, network], resources }, process: { rlimits } })).length, 1);
  for (const config of [{ hooks: { createContainer: hook } }, { hooks: { createRuntime: hook } }]) {
    const early = order(config);
    assert.ok(early.indexOf("cgroup/memory.limit_in_bytes") < early.indexOf("rootfs/pivot"));
  }
});

test("limits of the process are init's own to set, but from outside a user namespace", () => {
  const who = (namespaces: Namespace[]) =>
    compiled({ linux: { namespaces }, process: { rlimits } }).steps.find(({ op }) => op.verb === "rlimit.set")?.who;
  assert.equal(who([{ type: "mount" }]), "init");
  assert.equal(who([{ type: "mount" }, { type: "user" }]), "runtime");
});

test("process.exec is last, and nothing but init's follows the gate", () => {
  const { steps } = full();
  assert.equal(steps.at(-1)?.op.verb, "process.exec");
  const gate = steps.findIndex(({ op }) => op.verb === "gate.wait");
  assert.deepEqual(new Set(steps.slice(gate).map(({ who }) => who)), new Set(["init"]));
});

test("run has no gate: what start does comes before the last turn, and init goes on to the program", () => {
  const syscalls = [{ names: ["mkdir"], action: "SCMP_ACT_NOTIFY" as const }];
  const seccomp = { defaultAction: "SCMP_ACT_ALLOW", listenerPath: "/agent.sock", syscalls } as const;
  const options = { run: true, foreground: true } as const;
  const plan = compiled({ linux: { seccomp }, process: { terminal: true }, config: { hooks: { startContainer: hook } }, options });
  assert.deepEqual(
    plan.steps.filter(({ op }) => op.verb.startsWith("gate.")),
    [],
  );
  const release = plan.steps.findIndex(({ op }) => op.verb === "process.release");
  assert.deepEqual(ids(plan).slice(release - 3), [
    "store/save",
    "console/receive",
    "seccomp/connect",
    "process/release",
    "hooks/startContainer/0",
    "seccomp/load",
    "program/exec",
  ]);
  assert.deepEqual(new Set(plan.steps.slice(release).map(({ who }) => who)), new Set(["init"]));
  assert.equal(project(plan).at(-1)?.first, release);
});

test("v1: device rules are written before limits, the defaults even without any resource", () => {
  const written = (plan: Plan) => plan.steps.flatMap(({ at, op }) => ("file" in op && op.verb.startsWith("cgroup.") ? [{ at, op }] : []));
  const [first, second, ...more] = written(compiled());
  const deny = { verb: "cgroup.rules", file: "/sys/fs/cgroup/devices/c1/devices.deny", rules: ["a *:* rwm"] };
  assert.deepEqual(first, { at: "default:/dev", op: deny });
  assert.ok(second?.op.verb === "cgroup.rules" && second.at === "default:/dev" && second.op.rules[0] === "b *:* m");
  assert.equal(second.op.file, "/sys/fs/cgroup/devices/c1/devices.allow");
  assert.deepEqual(more, []);
  const limited = written(compiled({ linux: { resources: { pids: { limit: 1 } } } }));
  assert.equal(limited.at(-1)?.op.file, "/sys/fs/cgroup/pids/c1/pids.max");
});

test("a v1 device line names the rule that it comes from", () => {
  const devices = [
    { allow: false, access: "rwm" },
    { allow: true, type: "b", major: 8, minor: 0, access: "r" },
  ];
  const step = stepsOf(compiled({ linux: { resources: { devices } } }), "cgroup.rules").find(({ op }) => op.rules.includes("b 8:0 r"));
  assert.equal(step?.at, "/linux/resources/devices/1");
});

test("run writes harmless device rules before init's setup, and saves the state beside it", () => {
  const plan = compiled({ options: { run: true, foreground: true } });
  const at = (id: string): number => ids(plan).indexOf(id);
  assert.ok(at("cgroup/create/devices") < at("cgroup/devices.deny") && at("cgroup/devices.allow") < at("cgroup/enter"));
  assert.equal(project(plan).filter((segment) => segment.who === "child" && segment.ahead).length, 1);
  assert.deepEqual(ids(plan).slice(at("program/lookup") + 1, at("process/release")), ["store/save"]);
});

test("run waits for init's setup where what follows would hinder it, or needs it", () => {
  const nothing = { allow: false, access: "rwm" };
  const idMap = [{ containerID: 0, hostID: 1000, size: 10 }];
  const mounted = (mount: Omit<Mount, "destination">): Wanted => ({ config: { mounts: [{ destination: "/data", ...mount }] } });
  const ownNull = { path: "/dev/null", type: "c", major: 1, minor: 9 };
  const waiting: [why: string, Wanted, rulesFirst?: true][] = [
    ["limits count what the setup takes", { linux: { resources: { memory: { limit: 10_000_000 } } } }, true],
    ["init opens /dev/null", { linux: { resources: { devices: [nothing] }, devices: [ownNull] } }],
    [
      "nodes may be denied",
      {
        linux: {
          resources: {
            devices: [
              { allow: true, access: "rwm" },
              { ...nothing, type: "b", major: 8 },
            ],
          },
        },
      },
    ],
    ["a file system on a device", mounted({ type: "ext4", source: "/dev/vdb" })],
    ["a remount", mounted({ type: "none", source: "none", options: ["remount", "ro"] })],
    ["hooks may look", { config: { hooks: { createContainer: hook } } }],
    ["init makes the terminal, which is saved", { process: { terminal: true } }],
    ["a stage makes init", { linux: { namespaces: [{ type: "mount" }, { type: "user" }], uidMappings: idMap, gidMappings: idMap } }],
    ["others look at what create saves", { options: { run: false } }],
  ];
  for (const [why, input, rulesFirst = false] of waiting) {
    const plan = compiled({ ...input, options: { run: true, foreground: true, ...input.options } });
    assert.ok(!project(plan).some((segment) => segment.who === "child" && segment.ahead), why);
    assert.equal(ids(plan).indexOf("cgroup/devices.deny") < ids(plan).indexOf("session"), rulesFirst, why);
  }
});

test("each actor's steps are of its time: runtime and stage, then runtime and init", () => {
  const { steps } = full();
  const clone = steps.findIndex(({ op }) => op.verb === "process.clone");
  assert.ok(steps.slice(0, clone + 1).every(({ who }) => who !== "init"));
  assert.ok(steps.slice(clone + 1).every(({ who }) => who !== "stage"));
});

test("the runtime has its turn before gate.wait and after the clone", () => {
  const plan = full();
  const clone = plan.steps.findIndex(({ op }) => op.verb === "process.clone");
  assert.ok(turns(plan).includes(plan.steps[clone]?.id));
  assert.equal(turns(plan)[0], "namespaces/user/unshare");
});

test("ids are unique", () => {
  const order = ids(full());
  assert.equal(new Set(order).size, order.length);
});

test("root joins the user namespace last, others first", () => {
  const namespaces = (["user", "mount", "network"] as const).map((type) => ({ type, path: `/run/ns/${type}` }));
  const joins = (facts: (typeof hosts)["hybrid" | "rootless"]) =>
    ids(compiled({ linux: { namespaces }, facts })).filter((id) => /^namespaces\/.*\/(join|root)$/.test(id));
  const user = ["namespaces/user/join", "namespaces/user/root"];
  const others = ["namespaces/network/join", "namespaces/mount/join"];
  assert.deepEqual(joins(hosts.hybrid), [...others, ...user]);
  assert.deepEqual(joins(hosts.rootless), [...user, ...others]);
});

test("a namespace by path is opened by the runtime, and not made anew", () => {
  const plan = compiled({
    linux: {
      namespaces: [
        { type: "pid", path: "/run/ns/pid" },
        { type: "mount", path: "" },
      ],
    },
  });
  const [open] = stepsOf(plan, "ns.open");
  const [join] = stepsOf(plan, "ns.join");
  assert.equal(open?.op.slot, join?.op.slot);
  assert.equal(stepsOf(plan, "process.clone")[0]?.op.flags, 0x20000);
});
