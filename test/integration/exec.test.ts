// `exec`: every flag as the process inside sees it, and what is refused.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { waitUntil } from "../support/command.js";
import { cgroupWith } from "../support/cgroups.js";
import { assertRefused, runTarget, statusOf } from "../support/exec.js";
import { assertNothingLeft } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

test("output, input and exit codes pass through", { skip }, async (t) => {
  const target = await runTarget(t);
  const { code, stdout, stderr } = await target.exec([], ["sh", "-c", "cat; echo err >&2; exit 7"], { input: "hello\n" });
  assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: "hello\n", stderr: "err\n" });
  assert.equal((await target.exec([], ["sh", "-c", "kill -KILL $$"])).code, 137, "128 + signal");
  assert.equal((await target.exec([], ["sh", "-c", "exit 255"])).code, 255);
  const input = "0123456789abcdef\n".repeat(60_000);
  assert.equal((await target.exec([], ["cat"], { input })).stdout, input);
});

test("flags end at the container's id", { skip }, async (t) => {
  const target = await runTarget(t);
  const { stdout } = await target.exec([], ["echo", "--tty", "-d", "--", "--user=1", "-x"]);
  assert.equal(stdout, "--tty -d -- --user=1 -x\n");
});

test("signals of the caller reach the program", { skip }, async (t) => {
  const target = await runTarget(t);
  const child = target.runtime.start(["exec", target.id, "sh", "-c", "trap 'exit 33' TERM; echo ready; while :; do sleep 0.05; done"]);
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil("ready", () => output.includes("ready"));
  child.kill("SIGTERM");
  assert.equal(await new Promise((done) => child.on("exit", done)), 33);
});

test("--user, --additional-gids, --env, --cwd", { skip }, async (t) => {
  const target = await runTarget(t, { process: { user: { uid: 3, gid: 4, additionalGids: [5] }, env: ["PATH=/bin", "A=1", "B=1"] } });
  const flags = ["-u", "10:11", "-g", "12", "-g", "13", "-e", "B=2", "-e", "C=x=y", "--cwd", "/dev"];
  assert.equal(await target.sh("id -u; id -g; id -G; pwd; echo $A $B $C", flags), "10\n11\n11 5 12 13\n/dev\n1 2 x=y\n");
  assert.equal(await target.sh("id -u; id -g", ["-u", "10"]), "10\n4\n", "the config's group stays");
  assert.equal(await target.sh("id -u", ["-u", "4294967294"]), "4294967294\n");
  for (const user of ["-1", "root", "1:", ":1", "1:2:3", "4294967295", "99999999999", "0x1", "1e3", " 1", "1:-1", "+1"]) {
    assertRefused(await target.exec([`--user=${user}`], ["true"]), /exec failed: invalid value \\".*\\" for --user: an id is a number/);
  }
  assertRefused(await target.exec(["-g=-1"], ["true"]), /for --additional-gids/);
  assertRefused(await target.exec(["-e", "NOVALUE"], ["true"]), /invalid environment variable: missing '='/);
  assertRefused(await target.exec(["--cwd", "tmp"], ["true"]), /Cwd must be an absolute path/);
  assertRefused(await target.exec(["--cwd", "/nowhere"], ["true"]), /chdir to cwd \(.*\/nowhere.*\).*no such file or directory/);
});

test("--cap is bounding, effective and permitted, not inheritable (CVE-2022-29162)", { skip }, async (t) => {
  const target = await runTarget(t, {
    process: { capabilities: { bounding: ["CAP_KILL"], effective: ["CAP_KILL"], permitted: ["CAP_KILL"] } },
  });
  const caps = await target.sh("grep Cap /proc/self/status", ["--cap", "CAP_NET_RAW", "-c", "CAP_CHOWN"]);
  const both = "0000000000002021";
  assert.equal(
    caps.replaceAll("\t", " "),
    `CapInh: 0000000000000000\nCapPrm: ${both}\nCapEff: ${both}\nCapBnd: ${both}\nCapAmb: 0000000000000000\n`,
  );
});

test("--no-new-privs, and the labels that change nothing (others: labels.test.ts)", { skip }, async (t) => {
  const target = await runTarget(t, { process: { noNewPrivileges: false } });
  const nnp = "grep NoNewPrivs /proc/self/status";
  assert.equal(await target.sh(nnp), "NoNewPrivs:\t0\n");
  assert.equal(await target.sh(nnp, ["--no-new-privs"]), "NoNewPrivs:\t1\n");
  assert.equal(await target.sh("echo ok", ["--apparmor", "unconfined", "--process-label="]), "ok\n");
});

test("--process: a whole process; --tty beside it as conmon sends it", { skip }, async (t) => {
  const target = await runTarget(t);
  const file = target.scratch.path("process.json");
  const run = (process: unknown, flags: readonly string[] = []) => {
    writeFileSync(file, JSON.stringify(process, null, 1));
    return target.runtime.run(["exec", "--process", file, ...flags, target.id]);
  };
  const script = "id -u; id -g; id -G; ulimit -n; umask; pwd; echo $A; grep NoNew /proc/self/status";
  const full = {
    args: ["sh", "-c", script],
    cwd: "/tmp",
    env: ["PATH=/bin", "A=b"],
    user: { uid: 5, gid: 6, additionalGids: [7], umask: 0o027 },
    noNewPrivileges: true,
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 77, hard: 99 }],
  };
  const { code, stdout, stderr } = await run(full);
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.equal(stdout, "5\n6\n6 7\n77\n0027\n/tmp\nb\nNoNewPrivs:\t1\n");
  assertRefused(await run({ args: ["true"], cwd: 7 }), /process\.json:5:9 \/cwd: must be a string, not 7/);
  assertRefused(
    await run({ args: ["true"], cwd: "/", rlimits: [{ type: "RLIMIT_X", soft: 1, hard: 1 }] }),
    /process\.json:8:\d+ \/rlimits\/0\/type: wrong rlimit/,
  );
  assertRefused(await run({ cwd: "/" }), /exec args cannot be empty/);
  assertRefused(await run({ args: ["true"], cwd: "/", user: { uid: 4294967295, gid: 0 } }), /\/user\/uid: invalid uid/);
  assertRefused(await run({ args: ["true"] }), /\/cwd: /);
  assertRefused(await run([]), /must be an object/);
  writeFileSync(file, '{"args": [}');
  assertRefused(await target.runtime.run(["exec", "-p", file, target.id]), /process\.json:1:11/);
  assertRefused(await target.runtime.run(["exec", "-p", join(file, "x"), target.id]), /not a directory/);
  assertRefused(await target.runtime.run(["exec", "-p", "missing.json", target.id]), /open missing.json: no such file or directory/);
  assertRefused(
    await run({ ...full, args: ["/nothing"] }),
    /program\/lookup \(\S+process\.json:3:3 \/process\/args\/0\): exec: .*\/nothing/,
  );
  assertRefused(
    await run({ ...full, terminal: true }, ["--detach"]),
    /cannot allocate tty if tsrunc will detach without setting console socket/,
  );
  assertRefused(await run(full, ["--console-socket", "/x"]), /cannot use console socket if tsrunc will not detach or allocate tty/);
});

test("--detach, --pid-file: the pid of the program, complete, of no process of ours", { skip }, async (t) => {
  const target = await runTarget(t);
  const pidFile = target.scratch.path("pid");
  const flags = ["--detach", "--pid-file", pidFile];
  const { code } = await target.exec(flags, ["sleep", "1000"], { stdio: ["ignore", "ignore", "ignore"] });
  assert.equal(code, 0);
  const text = readFileSync(pidFile, "utf8");
  assert.match(text, /^[1-9][0-9]*$/);
  const pid = Number(text);
  assert.equal(readFileSync(`/proc/${pid}/cmdline`, "utf8"), "sleep\u00001000\u0000");
  assert.equal(statusOf(pid)["PPid"], statusOf(target.pid)["PPid"], "both children of the caller's reaper");
  assert.deepEqual(target.processes().sort(), [target.pid, pid].sort());
  assertRefused(await target.exec(["--pid-file", target.scratch.path("pid2")], ["/nothing"]), /no such file or directory/);
  assert.ok(!existsSync(target.scratch.path("pid2")), "no pid file of what did not run");
  await target.runtime.ok(["delete", "--force", target.id]);
  await assertNothingLeft(target.scratch.marker, [target.runtime.root]);
});

test("errors that engines match on", { skip }, async (t) => {
  const target = await runTarget(t);
  writeFileSync(join(target.bundle.rootfs, "script"), "#!/no/interpreter\n", { mode: 0o755 });
  writeFileSync(join(target.bundle.rootfs, "plain"), "", { mode: 0o644 });
  const start = "exec failed: unable to start container process: .*";
  assertRefused(await target.exec([], ["nothing"]), new RegExp(`${start}exec: \\\\"nothing\\\\": executable file not found in \\$PATH`));
  assertRefused(
    await target.exec([], ["/nothing"]),
    new RegExp(`${start}exec: \\\\"/nothing\\\\": stat /nothing: no such file or directory`),
  );
  assertRefused(await target.exec([], ["/plain"]), new RegExp(`${start}exec: \\\\"/plain\\\\": permission denied`));
  assertRefused(await target.exec([], ["/bin"]), new RegExp(`${start}exec: \\\\"/bin\\\\": is a directory`));
  assertRefused(await target.exec([], ["/script"]), new RegExp(`${start}exec /script: no such file or directory`));
  assertRefused(await target.exec([], []), /exec failed: exec args cannot be empty/);
  assertRefused(await target.runtime.run(["exec", "nobody", "true"]), /exec failed: container does not exist/);
  assert.deepEqual(target.processes(), [target.pid]);
});

test("only while the container runs", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  const id = scratch.id();
  await runtime.create(id, bundle.dir);
  assert.equal((await runtime.ok(["exec", id, "echo", "created"])).stdout, "created\n");
  await runtime.ok(["start", id]);
  await runtime.ok(["kill", id, "KILL"]);
  await runtime.waitFor(id, "stopped");
  assertRefused(await runtime.run(["exec", id, "true"]), /exec failed: cannot exec in a stopped container/);
});

test("a paused container only with --ignore-paused; killed there, nothing is left", { skip }, async (t) => {
  const target = await runTarget(t);
  const { runtime, id } = target;
  await runtime.ok(["pause", id]);
  assertRefused(await target.exec([], ["true"]), /exec failed: cannot exec in a paused container \(use --ignore-paused to override\)/);
  const first = runtime.start(["exec", "--ignore-paused", id, "echo", "awake"]);
  const ended = new Promise((done) => first.on("exit", done));
  let output = "";
  first.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const second = runtime.start(["exec", "--ignore-paused", id, "sleep", "1000"]);
  await waitUntil("both wait in the cgroup", () => target.processes().length >= 3);
  assert.equal(output, "");
  second.kill("SIGKILL");
  await runtime.ok(["resume", id]);
  assert.equal(await ended, 0);
  await waitUntil("output", () => output === "awake\n");
  await waitUntil("init is alone", () => target.processes().length === 1);
});

test("works from the saved config: the bundle is gone", { skip }, async (t) => {
  const target = await runTarget(t, { process: { env: ["PATH=/bin", "SAVED=yes"] } });
  rmSync(join(target.bundle.dir, "config.json"));
  assert.equal(await target.sh("echo $SAVED"), "yes\n");
});

test("--preserve-fds passes those that were open, no other", { skip }, async (t) => {
  const target = await runTarget(t);
  const fds = [openSync("/etc/hostname", "r"), openSync("/etc/hostname", "r"), openSync("/etc/hostname", "r")];
  const stdio = ["ignore", "pipe", "pipe", ...fds] as const;
  const list = "cd /proc/self/fd; for fd in *; do if test -e $fd; then echo $fd; fi; done";
  assert.equal(await target.sh(list, ["--preserve-fds", "2"], { stdio }), "0\n1\n2\n3\n4\n");
  assert.equal(await target.sh(list, [], { stdio }), "0\n1\n2\n");
  assertRefused(await target.exec(["--preserve-fds", "4"], ["true"], { stdio }), /unable to stat preserved-fd 6 \(of 4\)/);
});

test("--cgroup: below the container's own, never out of it", { skip: skip || needsContainers("cgroup1") }, async (t) => {
  const target = await runTarget(t);
  mkdirSync(join(cgroupWith(target.scratch.marker, "pids.max"), "sub"));
  mkdirSync(join(cgroupWith(target.scratch.marker, "memory.limit_in_bytes"), "sub"));
  const place = (controller: string) => `grep ':${controller}:' /proc/self/cgroup | cut -d: -f3`;
  const own = `/${target.scratch.marker}\n`;
  assert.equal(await target.sh(`${place("pids")}; ${place("freezer")}`, ["--cgroup", "pids:sub"]), own.replace("\n", "/sub\n") + own);
  assert.equal(
    await target.sh(`${place("pids")}; ${place("memory")}`, ["--cgroup", "pids,memory:/sub/."]),
    own.replace("\n", "/sub\n") + own.replace("\n", "/sub\n"),
  );
  assert.equal(await target.sh(place("pids"), ["--cgroup", "pids:/"]), own);
  for (const path of [
    "..",
    "pids:..",
    "../other",
    "sub/../..",
    `../${target.scratch.marker}`,
    `pids:../${target.scratch.marker}-other`,
    "/../x",
  ]) {
    assertRefused(await target.exec(["--cgroup", path], ["true"]), /is not a sub cgroup path/);
  }
  assertRefused(await target.exec(["--cgroup", "nothing:sub"], ["true"]), /unknown controller nothing/);
  assertRefused(await target.exec(["--cgroup", "a:b:c"], ["true"]), /invalid --cgroup argument: a:b:c/);
  assertRefused(await target.exec(["--cgroup", "pids:sub", "--cgroup", "sub"], ["true"]), /missing <controller>: prefix/);
  assertRefused(await target.exec(["--cgroup", "pids:sub", "--cgroup", "pids:x"], ["true"]), /controller pids specified multiple times/);
  assertRefused(await target.exec(["--cgroup", "pids:missing"], ["true"]), /cgroup\/join \(cli:--cgroup\).*no such file or directory/);
});

test("execCPUAffinity, of the container and of a process file", { skip: needsContainers("processors") }, async (t) => {
  const target = await runTarget(t, { process: { execCPUAffinity: { initial: "0", final: "0" } } });
  const list = "grep Cpus_allowed_list /proc/self/status | cut -f2";
  assert.equal(await target.sh(list), "0\n");
  assert.notEqual(statusOf(target.pid)["Cpus_allowed_list"], "0", "init is not meant");
  const file = target.scratch.path("process.json");
  const run = (execCPUAffinity: unknown) => {
    writeFileSync(file, JSON.stringify({ args: ["sh", "-c", list], cwd: "/", env: ["PATH=/bin"], execCPUAffinity }));
    return target.runtime.run(["exec", "-p", file, target.id]);
  };
  assert.equal((await run({ final: "1" })).stdout, "1\n");
  assert.equal((await run({ initial: "1" })).stdout, "1\n");
  assertRefused(await run({ initial: "3-1" }), /invalid list of CPUs .*the wrong way round/);
  assertRefused(await run({ final: "9999" }), /from 0 to 8191/);
  assertRefused(await run({ final: "8000" }), /affinity\/final .*sched_setaffinity\(.*EINVAL/);
});

test("a limit of processes that is reached is named", { skip }, async (t) => {
  const target = await runTarget(t, { linux: { resources: { pids: { limit: 1 } } } });
  assertRefused(await target.exec([], ["true"]), /process\/clone .*EAGAIN.*pids\.limit/);
  assert.deepEqual(target.processes(), [target.pid]);
});

test("oomScoreAdj, of the container and of a process file", { skip }, async (t) => {
  const target = await runTarget(t, { process: { oomScoreAdj: 300 } });
  assert.equal(await target.sh("cat /proc/self/oom_score_adj"), "300\n");
  const file = target.scratch.path("process.json");
  writeFileSync(file, JSON.stringify({ args: ["cat", "/proc/self/oom_score_adj"], cwd: "/", env: ["PATH=/bin"], oomScoreAdj: 400 }));
  assert.equal((await target.runtime.ok(["exec", "-p", file, target.id])).stdout, "400\n");
});

test("seccomp: the container's filter, and nothing but it", { skip }, async (t) => {
  const target = await runTarget(t, (config) => {
    config.linux.seccomp = {
      defaultAction: "SCMP_ACT_ALLOW",
      syscalls: [{ names: ["mkdir", "mkdirat"], action: "SCMP_ACT_ERRNO", errnoRet: 99 }],
    };
    config.root.readonly = false;
  });
  const { stderr } = await target.exec([], ["mkdir", "/tmp/x"]);
  assert.match(stderr, /assign requested address/i);
  assert.equal(await target.sh("grep Seccomp: /proc/self/status"), "Seccomp:\t2\n");
});

test("a container without a mount namespace: its root all the same", { skip }, async (t) => {
  const target = await runTarget(t, (config) => {
    config.linux.namespaces = [{ type: "pid" }];
    delete config.hostname;
    config.mounts = [];
    config.linux.maskedPaths = [];
    config.linux.readonlyPaths = [];
    config.root.readonly = false;
  });
  writeFileSync(join(target.bundle.rootfs, "mark"), "inside\n");
  assert.equal(await target.sh("cat /mark; pwd"), "inside\n/\n");
});

test("namespaces that the container shares are not joined, others are", { skip }, async (t) => {
  const target = await runTarget(t, (config) => {
    config.linux.namespaces = [{ type: "mount" }, { type: "uts", path: "/proc/self/ns/uts" }];
    delete config.hostname;
    config.mounts = config.mounts.filter(({ type }: { type: string }) => type !== "sysfs" && type !== "mqueue");
  });
  assert.equal(await target.sh("test -d /proc/1 && echo ok"), "ok\n");
});

test("a time namespace with offsets", { skip: skip || !existsSync("/proc/self/ns/time") }, async (t) => {
  const target = await runTarget(t, (config) => {
    config.linux.namespaces.push({ type: "time" });
    config.linux.timeOffsets = { boottime: { secs: 1000000000 } };
  });
  assert.match(await target.sh("cat /proc/uptime"), /^10\d{8}\./);
});

test("--cgroup on cgroup v2: below the container's own, never out of it", { skip: skip || needsContainers("cgroup2") }, async (t) => {
  const target = await runTarget(t);
  const marker = target.scratch.marker;
  mkdirSync(join("/sys/fs/cgroup", marker, "sub"));
  for (const path of ["sub", "/sub/."]) assert.equal(await target.sh("cat /proc/self/cgroup", ["--cgroup", path]), `0::/${marker}/sub\n`);
  assert.equal(await target.sh("cat /proc/self/cgroup", ["--cgroup", "/"]), `0::/${marker}\n`);
  for (const path of ["..", "../other", "sub/../..", `../${marker}`, "/../x"]) {
    assertRefused(await target.exec(["--cgroup", path], ["true"]), /is not a sub cgroup path/);
  }
  assertRefused(await target.exec(["--cgroup", "pids:sub"], ["true"]), /unknown controller pids/);
  assertRefused(await target.exec(["--cgroup", "missing"], ["true"]), /cgroup\/join-unified \(cli:--cgroup\).*no such file or directory/);
});

const unified = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find((path) => existsSync(join(path, "cgroup.procs")));

test(
  "an init that has moved below: exec goes where it is",
  { skip: skip || (unified === undefined && "needs a hierarchy of cgroup v2") },
  async (t) => {
    const target = await runTarget(t);
    const own = join(unified ?? "", target.scratch.marker);
    const moved = `${own}-moved`;
    mkdirSync(moved);
    writeFileSync(join(moved, "cgroup.procs"), String(target.pid));
    // A cgroup that takes no processes: on a host with version 2 alone it would have controllers enabled for its children (EBUSY).
    rmdirSync(own);
    assert.equal(await target.sh("grep ^0: /proc/self/cgroup"), `0::/${target.scratch.marker}-moved\n`);
    assertRefused(await target.exec(["--cgroup", "/."], ["true"]), /cgroup\/join-unified \(cli:--cgroup\)/);
  },
);
