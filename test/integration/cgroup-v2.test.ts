// cgroup v2 as the only hierarchy: each limit is run into inside a container and seen outside. Runs where /sys/fs/cgroup is cgroup v2, such as in
// the virtual machine: npm run test:vm -- integration/cgroup-v2
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test, type TestContext } from "node:test";
import { runCommand, startCommand, waitUntil } from "../support/command.js";
import type { ConfigPatch } from "../support/config.js";
import { findProgram, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers("cgroup2");
const mountpoint = "/sys/fs/cgroup";
const disk = "/sys/block/vdb/dev";
const hog = "dd if=/dev/zero of=/dev/null bs=100M count=1 2>/dev/null";
const memory = { limit: 33554432, swap: 33554432 };

class Subject {
  readonly scratch: Scratch;
  readonly runtime;
  readonly id: string;
  readonly path: string;
  readonly bundle;

  constructor(t: TestContext, script: string, resources: object, patch: ConfigPatch = {}, parent = "") {
    this.scratch = new Scratch(t);
    this.runtime = this.scratch.runtime();
    this.id = this.scratch.id();
    this.path = `${parent}/${this.id}`;
    const config = { process: { args: ["sh", "-c", script] }, linux: { cgroupsPath: this.path, resources } };
    this.bundle = this.scratch.makeBundle(patch, { config: this.scratch.makeBundle(config).config });
  }

  file(name: string): string {
    return readFileSync(join(mountpoint, this.path, name), "utf8").trim();
  }

  async start(): Promise<void> {
    const { code } = await this.runtime.create(this.id, this.bundle.dir);
    assert.equal(code, 0);
    await this.runtime.ok(["start", this.id]);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async stats(): Promise<any> {
    return JSON.parse((await this.runtime.ok(["events", "--stats", this.id])).stdout).data;
  }

  until(name: string, pattern: RegExp): Promise<void> {
    return waitUntil(`${name} has ${pattern.source}`, () => pattern.test(this.file(name)));
  }
}

describe("limits that a container runs into", { skip }, () => {
  test("memory: a child is killed, the container goes on, events tell", async (t) => {
    const subject = new Subject(t, `${hog}; echo $? >/dev/null; sleep 1000`, { memory });
    assert.equal((await subject.runtime.create(subject.id, subject.bundle.dir)).code, 0);
    const child = subject.runtime.start(["events", "--interval", "1h", subject.id]);
    t.after(() => void child.kill("SIGKILL"));
    await waitUntil("it waits", () => readFileSync(`/proc/${child.pid}/wchan`, "utf8").includes("poll"));
    await subject.runtime.ok(["start", subject.id]);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (output += chunk));
    await subject.until("memory.events", /^oom_kill 1$/m);
    await waitUntil("a notice", () => output.includes('{"type":"oom"'));
    assert.equal((await subject.runtime.state(subject.id)).status, "running");
    const { memory: stats } = await subject.stats();
    assert.equal(stats.usage.limit, memory.limit);
    assert.ok(stats.usage.max > 30_000_000, JSON.stringify(stats.usage));
    assert.ok(stats.psi.some.total >= 0);
  });

  test("memory: init is killed, run ends with 137", async (t) => {
    const subject = new Subject(t, `exec ${hog}`, { memory });
    const { code, stderr } = await subject.runtime.run(["run", "--bundle", subject.bundle.dir, subject.id]);
    assert.deepEqual([code, stderr], [137, ""]);
  });

  test("pids: no more forks", async (t) => {
    const forks = "i=0; while [ $i -lt 20 ]; do sleep 1000 & i=$((i+1)); done";
    const subject = new Subject(t, `(${forks}) 2>/dev/null; sleep 1000`, { pids: { limit: 8 } });
    await subject.start();
    await subject.until("pids.events", /^max [1-9]/m);
    assert.equal((await subject.stats()).pids.limit, 8);
  });

  test("cpu: throttled", async (t) => {
    const subject = new Subject(t, "while :; do :; done", { cpu: { quota: 10000, period: 100000 } });
    await subject.start();
    assert.equal(subject.file("cpu.max"), "10000 100000");
    await subject.until("cpu.stat", /^nr_throttled [1-9]/m);
    const { cpu } = await subject.stats();
    assert.ok(cpu.throttling.throttledPeriods > 0 && cpu.throttling.throttledTime > 0, JSON.stringify(cpu.throttling));
  });

  test("io: held back", { skip: existsSync(disk) ? false : "needs a disk to write to, /dev/vdb of the virtual machine" }, async (t) => {
    const [major, minor] = readFileSync(disk, "utf8").trim().split(":").map(Number);
    const device = { type: "b", major, minor };
    const resources = {
      devices: [
        { allow: false, access: "rwm" },
        { allow: true, access: "rwm", ...device },
      ],
      blockIO: { throttleWriteBpsDevice: [{ major, minor, rate: 1048576 }] },
    };
    const write = "dd if=/dev/zero of=/dev/disk bs=256k count=12 oflag=direct 2>/dev/null; sleep 1000";
    const subject = new Subject(t, write, resources, { linux: { devices: [{ path: "/dev/disk", fileMode: 0o600, ...device }] } });
    await subject.start();
    assert.equal(subject.file("io.max"), `${major}:${minor} rbps=max wbps=1048576 riops=max wiops=max`);
    await subject.until("io.stat", new RegExp(`^${major}:${minor} .*wbytes=3145728`, "m"));
    const { blkio } = await subject.stats();
    const written = blkio.ioServiceBytesRecursive.find(
      (entry: { op: string; major: number }) => entry.op === "Write" && entry.major === major,
    );
    assert.equal(written.value, 3145728);
    // The kernel's own clock: 3 MiB at 1 MiB a second.
    assert.ok(blkio.psi.some.total > 1_000_000, JSON.stringify(blkio.psi));
  });

  test("devices: refused, allowed by an update, refused again; one program all the time", async (t) => {
    const device = { type: "c", major: 10, minor: 229 };
    const loop = "while :; do if (: </dev/fuse) 2>/dev/null; then echo open; else echo refused; fi >/now; : >/dev/null || exit 9; done";
    const subject = new Subject(
      t,
      loop,
      { devices: [{ allow: false, access: "rwm" }] },
      { root: { readonly: false }, linux: { devices: [{ path: "/dev/fuse", ...device }] } },
    );
    await subject.start();
    const now = join(subject.bundle.rootfs, "now");
    const says = (word: string) => waitUntil(word, () => existsSync(now) && readFileSync(now, "utf8").trim() === word);
    const programs = (): number => {
      const text = execFileSync("bpftool", ["--json", "cgroup", "show", join(mountpoint, subject.path)], { encoding: "utf8" });
      return (JSON.parse(text || "[]") as unknown[]).length;
    };
    const update = (allow: boolean) => {
      const rules = [
        { allow: false, access: "rwm" },
        { allow, access: "rwm", ...device },
      ];
      return subject.runtime.ok(["update", "--resources", "-", subject.id], { input: JSON.stringify({ devices: rules }) });
    };
    await says("refused");
    for (const allow of [true, false, true]) {
      await update(allow);
      await says(allow ? "open" : "refused");
      if (findProgram("bpftool") !== undefined) assert.equal(programs(), 1);
    }
    assert.equal((await subject.runtime.state(subject.id)).status, "running");
  });
});

describe("what is written", { skip }, () => {
  test("the values of v1 become those of v2", async (t) => {
    const resources = {
      memory: { limit: 67108864, swap: 100663296, reservation: 33554432 },
      cpu: { shares: 512, quota: 50000, period: 100000, burst: 10000, cpus: "0", mems: "0" },
      pids: { limit: 32 },
      hugepageLimits: [{ pageSize: "2MB", limit: 4194304 }],
      unified: { "memory.high": "50331648", "memory.oom.group": "1" },
    };
    const subject = new Subject(t, "sleep 1000", resources);
    await subject.start();
    const wanted: Record<string, string> = {
      ...{
        "memory.max": "67108864",
        "memory.swap.max": "33554432",
        "memory.low": "33554432",
        "memory.high": "50331648",
        "memory.oom.group": "1",
      },
      ...{ "cpu.weight": "59", "cpu.max": "50000 100000", "cpu.max.burst": "10000", "cpuset.cpus": "0", "cpuset.mems": "0" },
      ...{ "pids.max": "32", "hugetlb.2MB.max": "4194304", "hugetlb.2MB.rsvd.max": "4194304" },
    };
    assert.deepEqual(Object.fromEntries(Object.keys(wanted).map((name) => [name, subject.file(name)])), wanted);
    await subject.runtime.ok([
      "update",
      "--memory",
      "134217728",
      "--memory-swap",
      "-1",
      "--cpu-idle",
      "1",
      "--pids-limit",
      "-1",
      subject.id,
    ]);
    const changed = { "memory.max": "134217728", "memory.swap.max": "max", "cpu.idle": "1", "pids.max": "max" };
    assert.deepEqual(Object.fromEntries(Object.keys(changed).map((name) => [name, subject.file(name)])), changed);
  });

  test("the options of the hierarchy stay when a container without a cgroup namespace mounts it", async (t) => {
    const options = () => / \/sys\/fs\/cgroup .* - cgroup2 \S+ (.*)$/m.exec(readFileSync("/proc/self/mountinfo", "utf8"))?.[1];
    const before = options();
    if (before === "rw") return t.skip("the hierarchy is mounted without options (with systemd it has some)");
    const subject = new Subject(t, "grep -c ' /sys/fs/cgroup .* cgroup2 ' /proc/self/mountinfo", {}, (config) => {
      config.mounts.push({ destination: "/mnt", type: "cgroup2", source: "cgroup2", options: ["ro"] });
    });
    const { stdout } = await subject.runtime.ok(["run", "--bundle", subject.bundle.dir, subject.id]);
    assert.equal(stdout, "1\n");
    assert.equal(options(), before);
  });

  test("a private cgroup namespace in a user namespace: the container manages what is below", async (t) => {
    const maps = [{ containerID: 0, hostID: 100000, size: 65536 }];
    const script =
      "mkdir /sys/fs/cgroup/below && echo 0 >/sys/fs/cgroup/below/cgroup.procs && echo +pids >/sys/fs/cgroup/cgroup.subtree_control && echo done >/now; sleep 1000";
    const subject = new Subject(t, script, {}, (config) => {
      Object.assign(config.linux, { uidMappings: maps, gidMappings: maps });
      config.linux.namespaces.push({ type: "user" }, { type: "cgroup" });
      config.root.readonly = false;
      for (const mount of config.mounts) if (mount.type === "cgroup") mount.options = ["nosuid", "noexec", "nodev", "relatime"];
    });
    execFileSync("chown", ["-R", "100000:100000", subject.bundle.rootfs]);
    await subject.start();
    await waitUntil("the container has a cgroup of its own", () => existsSync(join(subject.bundle.rootfs, "now")));
    const owner = (name: string) => statSync(join(mountpoint, subject.path, name)).uid;
    const listed = readFileSync("/sys/kernel/cgroup/delegate", "utf8").trim().split("\n");
    for (const name of ["", ...listed.filter((file) => existsSync(join(mountpoint, subject.path, file)))])
      assert.equal(owner(name), 100000, name);
    assert.equal(owner("memory.max"), 0);
    // The container's own cgroup may have no processes now: exec goes where init is.
    assert.match((await subject.runtime.ok(["exec", subject.id, "cat", "/proc/self/cgroup"])).stdout, /^0::\/below$/m);
    await subject.runtime.ok(["kill", subject.id, "KILL"]);
    await subject.runtime.waitFor(subject.id, "stopped");
    await subject.runtime.ok(["delete", subject.id]);
    assert.ok(!existsSync(join(mountpoint, subject.path)));
  });
});

describe("a cgroup that cannot be had", { skip }, () => {
  /** A cgroup with a process in it. */
  function occupied(t: TestContext, prepare: (dir: string, pid: string) => void): { parent: string } {
    const scratch = new Scratch(t);
    const parent = `/${scratch.marker}-parent`;
    const sleeper = startCommand("sleep", ["1000"]);
    t.after(() => void sleeper.kill("SIGKILL"));
    mkdirSync(mountpoint + parent);
    prepare(mountpoint + parent, String(sleeper.pid));
    return { parent };
  }

  async function refused(subject: Subject): Promise<string> {
    const { code, stderr } = await runCommand(subject.runtime.path, [
      "--root",
      subject.runtime.root,
      "run",
      "--bundle",
      subject.bundle.dir,
      subject.id,
    ]);
    assert.equal(code, 1);
    assert.deepEqual(subject.runtime.ids(), []);
    return stderr;
  }

  test("no internal processes: said of the one that has some", async (t) => {
    const { parent } = occupied(t, (dir, pid) => writeFileSync(join(dir, "cgroup.procs"), pid));
    const stderr = await refused(new Subject(t, "true", { memory }, {}, parent));
    assert.match(
      stderr,
      new RegExp(`\\[hint: ${mountpoint}${parent} has processes of its own, so the memory controller cannot be enabled below it`),
    );
    assert.equal(readFileSync(join(mountpoint, parent, "cgroup.type"), "utf8"), "domain\n");
    const free = new Subject(t, "true", {}, {}, parent);
    await free.runtime.ok(["run", "--bundle", free.bundle.dir, free.id]);
  });

  test("a threaded one", async (t) => {
    const { parent } = occupied(t, (dir) => {
      writeFileSync(join(mountpoint, "cgroup.subtree_control"), "+cpu +memory");
      mkdirSync(join(dir, "threads"));
      writeFileSync(join(dir, "threads/cgroup.type"), "threaded");
    });
    const stderr = await refused(new Subject(t, "true", {}, {}, `${parent}/threads`));
    assert.match(
      stderr,
      /\[hint: .* (takes no processes: .*|is a threaded cgroup.*|is a domain invalid cgroup.*)choose another linux.cgroupsPath/,
    );
  });

  test("one with controllers for those below", async (t) => {
    const { parent } = occupied(t, (dir) => {
      mkdirSync(join(dir, "child"));
      writeFileSync(join(mountpoint, "cgroup.subtree_control"), "+memory");
      writeFileSync(join(dir, "cgroup.subtree_control"), "+memory");
    });
    const subject = new Subject(t, "true", {}, { linux: { cgroupsPath: parent } });
    assert.match(await refused(subject), /has controllers enabled for cgroups below it \(memory\) and may have no processes of its own/);
  });
});
