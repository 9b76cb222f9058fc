// The plan of `exec`. Its text is compared as a whole for two containers; the rest asks for one decision each.
import { test } from "node:test";
import assert from "node:assert/strict";
import { compileExec } from "../../../src/plan/exec.js";
import { execCgroups } from "../../../src/plan/exec-cgroup.js";
import type { ExecInput, ExecOptions, ExecTarget } from "../../../src/plan/exec-input.js";
import { cpuMask } from "../../../src/plan/cpus.js";
import { encodePlan } from "../../../src/plan/encode.js";
import { project } from "../../../src/plan/project.js";
import { renderText } from "../../../src/plan/render.js";
import type { Config, Process } from "../../../src/spec/config.js";
import { hosts } from "../../golden/facts.js";
import { ids, opOf, stepsOf } from "./input.js";

interface Wanted {
  readonly config?: Partial<Config>;
  readonly process?: Partial<Process>;
  readonly options?: Partial<ExecOptions>;
  readonly target?: Partial<ExecTarget>;
  readonly state?: Partial<ExecInput["state"]>;
  readonly facts?: ExecInput["facts"];
  readonly origins?: ExecInput["origins"];
}

const cgroups = [
  { version: 1, dir: "/sys/fs/cgroup/pids/c1", controllers: ["pids"] },
  { version: 1, dir: "/sys/fs/cgroup/cpu,cpuacct/c1", controllers: ["cpu", "cpuacct"] },
  { version: 2, dir: "/sys/fs/cgroup/unified/c1", controllers: [] },
] as const;

function input({ config, process, options, target, state, facts = hosts.hybrid, origins = {} }: Wanted = {}): ExecInput {
  return {
    state: {
      id: "c1",
      bundle: "/bundle",
      pid: 4711,
      cgroups,
      config: { ociVersion: "1.3.0", process: { args: ["sh"], cwd: "/" }, root: { path: "rootfs" }, linux: {}, ...config },
      ...state,
    },
    process: { args: ["id", "-u"], cwd: "/", env: ["PATH=/bin"], user: { uid: 5, gid: 6 }, ...process },
    origins,
    facts,
    target: { namespaces: ["mount", "pid", "network", "ipc", "uts"], pidfdJoins: true, ...target },
    options: { preserveFds: 0, foreground: false, cgroups: [], ...options },
  };
}

const compiled = (wanted?: Wanted) => compileExec(input(wanted));
const lines = (text: string) => text.replaceAll(/ {2,}/g, "  ").trimEnd().split("\n");

test("a container as engines make them", () => {
  const seccomp = { defaultAction: "SCMP_ACT_ALLOW" } as const;
  const plan = compiled({
    config: { linux: { seccomp } },
    process: { terminal: true, oomScoreAdj: 7, noNewPrivileges: true, rlimits: [{ type: "RLIMIT_NOFILE", soft: 1, hard: 2 }] },
    options: { consoleSocket: "/tty.sock", pidFile: "/pid", pidfdSocket: "/pidfd.sock" },
    origins: { "/process/user": "cli:--user" },
  });
  const profile = opOf(plan, "seccomp.compile").profile.length;
  assert.deepEqual(lines(renderText(plan)), [
    "runtime  container/pidfd  open a pidfd of the container's init (slot 16)  default:process",
    "runtime  console/connect  connect to /tty.sock for the terminal (slot 1)  cli:--console-socket",
    `runtime  seccomp/compile  compile the seccomp profile, ${profile} bytes (slot 2)  /linux/seccomp`,
    "runtime  stage/spawn  start tsrunc-init in /sys/fs/cgroup/unified/c1  default:stage",
    "runtime  oom-score  set oom_score_adj 7  /process/oomScoreAdj",
    `runtime  cgroup/join-unified  put the stage into 1 cgroup, or else put the stage where init is now below ${hosts.hybrid.cgroup.hierarchies.find(({ version }) => version === 2)?.mountpoint}  default:cgroup`,
    "stage  cgroup/join  go into 2 cgroups  default:cgroup",
    "stage  namespaces/enter  join mount,uts,ipc,pid,network of the process at slot 16  /linux/namespaces",
    "stage  process/clone  clone init  default:process",
    "init  rootfs/adopt  take / for the rootfs  default:rootfs",
    "init  session  start a new session  default:session",
    "init  keyring  join a new session keyring _ses.c1; ENOSYS is fine  default:keyring",
    "init  affinity  allow all CPUs; EPERM, EINVAL, ENOSYS are fine  default:affinity",
    "init  console/open  open a terminal for uid 5  /process/terminal",
    "init  umask  set umask 022  default:umask",
    "init  no-new-privileges  set no_new_privs  /process/noNewPrivileges",
    "init  cwd/enter  change to /  /process/cwd",
    "init  rlimits/RLIMIT_NOFILE  set RLIMIT_NOFILE 1:2  /process/rlimits/0",
    "init  identity  become 5:6 groups none, no capabilities  cli:--user",
    "init  program/lookup  find id in PATH  /process/args/0",
    "runtime  pid-file  write the pid of init to /pid  cli:--pid-file",
    "runtime  pidfd/send  send a pidfd of init to /pidfd.sock  cli:--pidfd-socket",
    "init  process/release  outlive the runtime  default:process",
    `init  seccomp/load  ${
      lines(renderText(plan))
        .find((line) => line.includes("seccomp/load"))
        ?.split("  ")[2]
    }  /linux/seccomp`,
    "init  program/exec  exec id -u  /process/args",
  ]);
  assert.ok(encodePlan(plan).length > 0);
  assert.deepEqual(compiled(), compiled());
});

test("before Linux 5.8: each namespace by its file, the pidfd only as a proof, after all that was opened by pid", () => {
  const plan = compiled({ target: { pidfdJoins: false, namespaces: ["user", "mount", "pid"] } });
  assert.deepEqual(
    plan.steps.slice(0, 4).map(({ id, op }) => [id, "path" in op ? op.path : ""]),
    [
      ["namespaces/pid/open", "/proc/4711/ns/pid"],
      ["namespaces/mount/open", "/proc/4711/ns/mnt"],
      ["namespaces/user/open", "/proc/4711/ns/user"],
      ["container/pidfd", ""],
    ],
  );
  assert.equal(opOf(plan, "container.pidfd").slot, undefined);
  assert.deepEqual(
    stepsOf(plan, "ns.join").map(({ id }) => id),
    ["namespaces/pid/join", "namespaces/mount/join", "namespaces/user/join"],
  );
  assert.deepEqual(
    stepsOf(plan, "ns.join").map(({ op }) => op.slot),
    stepsOf(plan, "ns.open").map(({ op }) => op.slot),
  );
  const rootless = compiled({ target: { pidfdJoins: false, namespaces: ["user", "mount"] }, facts: { ...hosts.hybrid, euid: 1000 } });
  assert.equal(stepsOf(rootless, "ns.join")[0]?.id, "namespaces/user/join");
});

test("a user namespace: its root before anything is done in it", () => {
  const plan = compiled({ target: { namespaces: ["user", "mount"] } });
  const order = ids(plan);
  assert.equal(order[order.indexOf("namespaces/enter") + 1], "namespaces/user/root");
  assert.equal(order.includes("identity.root"), false);
  assert.equal(
    compiled().steps.some(({ op }) => op.verb === "identity.root"),
    false,
  );
});

test("without a mount namespace: chroot into the root of init, opened before the proof of its pid", () => {
  const order = ids(compiled({ target: { namespaces: ["pid"] } }));
  assert.deepEqual(order.slice(0, 2), ["container/root", "container/pidfd"]);
  assert.equal(order[order.indexOf("rootfs/adopt") + 1], "rootfs/chroot");
  const none = compiled({ target: { namespaces: [] } });
  assert.equal(
    none.steps.some(({ op }) => op.verb === "ns.enter"),
    false,
  );
});

test("the last turn is before the process is released, and it never waits at a gate", () => {
  for (const options of [{ pidFile: "/pid" }, {}]) {
    const plan = compiled({ options });
    const segments = project(plan);
    const last = segments.at(-1);
    assert.equal(last?.who, "child");
    assert.equal(
      last?.steps.some(({ op }) => op.verb === "process.release"),
      true,
    );
    assert.equal(segments.filter((segment) => segment.who === "child").at(-1)?.turn, false);
    assert.equal(
      plan.steps.some(({ op }) => op.verb === "gate.wait" || op.verb === "store.save"),
      false,
    );
  }
});

test("a foreground terminal is taken before the program can write", () => {
  const order = ids(compiled({ process: { terminal: true }, options: { foreground: true } }));
  assert.ok(order.indexOf("console/open") < order.indexOf("console/receive"));
  assert.ok(order.indexOf("console/receive") < order.indexOf("process/release"));
  assert.equal(opOf(compiled({ process: { terminal: true } }), "console.open").devConsole, false);
});

test("execCPUAffinity: initial before the cgroup, final after it; all CPUs only when none is asked for", () => {
  const both = ids(compiled({ process: { execCPUAffinity: { initial: "0", final: "1" } } }));
  assert.ok(both.indexOf("affinity/initial") < both.indexOf("cgroup/join"));
  assert.ok(both.indexOf("cgroup/join") < both.indexOf("affinity/final"));
  assert.equal(both.includes("affinity"), false);
  assert.equal(ids(compiled({ process: { execCPUAffinity: { initial: "0" } } })).includes("affinity"), false);
  assert.deepEqual(cpuMask("0-3, 63,64", "/x"), [9223372036854775823n, 1]);
  assert.deepEqual(cpuMask("130", "/x"), [0, 0, 4]);
  for (const bad of ["", ",", "3-1", "8192", "1-2-3", "-1", "a"]) assert.throws(() => cpuMask(bad, "/x"), /\/x: invalid list of CPUs/);
});

test("--cgroup is below the container's, in the hierarchies that are named", () => {
  const dirs = (...wanted: string[]) => execCgroups(cgroups, wanted).map(({ dir }) => dir.replace("/sys/fs/cgroup/", ""));
  assert.deepEqual(dirs(), ["pids/c1", "cpu,cpuacct/c1", "unified/c1"]);
  assert.deepEqual(dirs("a/./b//"), ["pids/c1/a/b", "cpu,cpuacct/c1/a/b", "unified/c1/a/b"]);
  assert.deepEqual(dirs("cpu,cpuacct:a", "pids:/"), ["pids/c1", "cpu,cpuacct/c1/a", "unified/c1"]);
  assert.deepEqual(dirs("a/../b")[0], "pids/c1/b");
  for (const bad of ["..", "a/../..", "../c1", "../c12", "pids:.."]) assert.throws(() => dirs(bad), /is not a sub cgroup path/);
  assert.throws(() => dirs("a:b:c"), /invalid --cgroup argument: a:b:c/);
  assert.throws(() => dirs("pids:a", "b"), /invalid --cgroup argument: b \(missing <controller>: prefix\)/);
  assert.throws(() => dirs("pids:a", "pids:b"), /controller pids specified multiple times/);
  assert.throws(() => dirs("cpu:a", "cpuacct:b"), /are of one hierarchy/);
  assert.throws(() => dirs("io:a"), /unknown controller io/);
});

test("only a place that was not asked for has a second choice", () => {
  assert.notEqual(stepsOf(compiled(), "cgroup.join").at(-1)?.orElse, undefined);
  assert.equal(stepsOf(compiled({ options: { cgroups: ["sub"] } }), "cgroup.join").at(-1)?.orElse, undefined);
});

test("the caller's keyring stays when create was told so", () => {
  assert.equal(ids(compiled({ state: { noNewKeyring: true } })).includes("keyring"), false);
});
