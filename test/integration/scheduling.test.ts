// Scheduling policy, I/O priority, memory policy and execution domain, as the kernel shows them of a container's processes.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, test, type TestContext } from "node:test";
import type { ConfigPatch } from "../support/config.js";
import { assertRefused, runTarget, type Target } from "../support/exec.js";
import { needs, needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
/** Without a share of its own no task of a v1 cgroup may be a real-time one. */
const realtimeShare = existsSync("/sys/fs/cgroup/cpu/cpu.rt_runtime_us") ? { resources: { cpu: { realtimeRuntime: 10000 } } } : {};

/** proc_pid_stat(5): priority, nice, rt_priority, policy. */
function scheduling(pid: number): string {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return [15, 16, 37, 38].map((index) => fields[index]).join(" ");
}

const target = (t: TestContext, scheduler: object, patch: Record<string, unknown> = {}): Promise<Target> =>
  runTarget(t, (config) => {
    Object.assign(config.process, { scheduler });
    Object.assign(config.linux, patch);
  });

async function fails(t: TestContext, patch: ConfigPatch): Promise<string> {
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle(patch);
  const { code, stdout, stderr } = await scratch.runtime().run(["run", "--bundle", bundle.dir, scratch.id()]);
  assert.deepEqual({ code, stdout }, { code: 1, stdout: "" }, stderr);
  return stderr;
}

describe("scheduler", { skip }, () => {
  test("each policy, as the kernel has it", async (t) => {
    const cases: [object, string][] = [
      [{ policy: "SCHED_OTHER", nice: 7 }, "27 7 0 0"],
      [{ policy: "SCHED_OTHER", nice: -5 }, "15 -5 0 0"],
      [{ policy: "SCHED_BATCH", nice: 19 }, "39 19 0 3"],
      [{ policy: "SCHED_IDLE" }, "20 0 0 5"],
    ];
    for (const [scheduler, shown] of cases) assert.equal(scheduling((await target(t, scheduler)).pid), shown);
  });

  test("real-time ones, in the container's cgroup", async (t) => {
    const fifo = await target(t, { policy: "SCHED_FIFO", priority: 9 }, realtimeShare);
    assert.equal(scheduling(fifo.pid), "-10 0 9 1");
    const rr = await target(t, { policy: "SCHED_RR", priority: 99, flags: ["SCHED_FLAG_RESET_ON_FORK"] }, realtimeShare);
    assert.equal(scheduling(rr.pid), "-100 0 99 2");
  });

  test("SCHED_DEADLINE", async (t) => {
    const deadline = { policy: "SCHED_DEADLINE", runtime: 1_000_000, deadline: 10_000_000, period: 20_000_000 };
    const { pid } = await target(t, deadline);
    assert.match(scheduling(pid), / 6$/);
    // Only kernels with CONFIG_SCHED_DEBUG print them; what is left of the others changes all the time.
    const period = /^dl\.period +: +(\d+)$/m.exec(readFileSync(`/proc/${pid}/sched`, "utf8"))?.[1];
    if (period !== undefined) assert.equal(period, String(deadline.period));
  });

  test("exec: the container's, unless the process file has its own", async (t) => {
    const container = await target(t, { policy: "SCHED_BATCH", nice: 4 });
    const command = "cut -d' ' -f19,41 /proc/self/stat";
    assert.equal(await container.sh(command), "4 3\n");
    const file = container.scratch.path("process.json");
    const run = (process: object) => {
      writeFileSync(file, JSON.stringify({ args: ["sh", "-c", command], cwd: "/", env: ["PATH=/bin:/usr/bin"], ...process }));
      return container.runtime.run(["exec", "--process", file, container.id]);
    };
    assert.equal((await run({})).stdout, "4 3\n");
    assert.equal((await run({ scheduler: { policy: "SCHED_IDLE" } })).stdout, "0 5\n");
    assertRefused(
      await run({ scheduler: { policy: "SCHED_FIFO", priority: 0 } }),
      /process\.json:1:\d+ \/scheduler\/priority: scheduler\.priority must be/,
    );
  });

  test("a bad value", async (t) => {
    const error = await fails(t, { process: { scheduler: { policy: "SCHED_OTHER", nice: 20 } } });
    assert.match(
      error,
      /config\.json:\d+:\d+ \/process\/scheduler\/nice: invalid scheduler\.nice: 20 when scheduler\.policy is SCHED_OTHER /,
    );
  });

  test("a real-time policy without a share of real time is explained", { skip: needs("cgroup1") }, async (t) => {
    if (!existsSync("/sys/fs/cgroup/cpu/cpu.rt_runtime_us")) return t.skip("the kernel has no real-time group scheduling");
    const error = await fails(t, { process: { scheduler: { policy: "SCHED_FIFO", priority: 1 } } });
    assert.match(error, /scheduler \(config\.json:\d+:\d+ \/process\/scheduler\): sched_setattr\(.*EPERM .*realtimeRuntime/);
  });
});

describe("ioPriority", { skip }, () => {
  test("each class, for exec too", async (t) => {
    for (const [name, shown] of [
      ["RT", "realtime: prio 5"],
      ["BE", "best-effort: prio 5"],
      ["IDLE", "idle"],
    ]) {
      const container = await runTarget(t, { process: { ioPriority: { class: `IOPRIO_CLASS_${name}`, priority: 5 } } });
      assert.match(await container.sh("ionice -p 1; ionice"), new RegExp(`^(${shown}.*\n){2}$`));
    }
  });

  test("a bad value", async (t) => {
    const error = await fails(t, { process: { ioPriority: { class: "IOPRIO_CLASS_BE", priority: 8 } } });
    assert.match(error, /\/process\/ioPriority\/priority: invalid ioPriority\.Priority: 8/);
  });
});

describe("memoryPolicy", { skip: skip || (!existsSync("/proc/self/numa_maps") && "the kernel has no NUMA") }, () => {
  test("each mode that works with one node, for exec too", async (t) => {
    for (const [memoryPolicy, shown] of [
      [{ mode: "MPOL_DEFAULT" }, "default"],
      [{ mode: "MPOL_LOCAL" }, "local"],
      [{ mode: "MPOL_PREFERRED", nodes: "0" }, "prefer:0"],
      [{ mode: "MPOL_PREFERRED_MANY", nodes: "0" }, "prefer \\(many\\):0"],
      [{ mode: "MPOL_INTERLEAVE", nodes: "0", flags: ["MPOL_F_RELATIVE_NODES"] }, "interleave=relative:0"],
      [{ mode: "MPOL_BIND", nodes: "0", flags: ["MPOL_F_NUMA_BALANCING"] }, "bind(=balancing)?:0"],
    ] as const) {
      const container = await runTarget(t, { linux: { memoryPolicy } });
      for (const text of [readFileSync(`/proc/${container.pid}/numa_maps`, "utf8"), await container.sh("cat /proc/self/numa_maps")]) {
        assert.match(text, new RegExp(`^[0-9a-f]+ ${shown} `));
      }
    }
  });

  test("bad values: one that we see, one that only the kernel sees", async (t) => {
    const nodes = await fails(t, { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "0-" } } });
    assert.match(nodes, /\/linux\/memoryPolicy\/nodes: invalid list of nodes .*is no node and no range/);
    const missing = await fails(t, { linux: { memoryPolicy: { mode: "MPOL_BIND", nodes: "1023" } } });
    assert.match(missing, /memory-policy \(config\.json:\d+:\d+ \/linux\/memoryPolicy\): set_mempolicy\(0x2, 1024 nodes\): EINVAL .*node/);
  });
});

describe("personality", { skip }, () => {
  test("LINUX32 is another machine to uname, for exec too; LINUX is the host's", async (t) => {
    const machine = readFileSync("/proc/sys/kernel/arch", "utf8").trim();
    const container = await runTarget(t, { linux: { personality: { domain: "LINUX32" } } });
    const shown = await container.sh("uname -m");
    assert.notEqual(shown.trim(), machine);
    assert.equal(readFileSync(`/proc/${container.pid}/personality`, "utf8"), "00000008\n");
    const plain = await runTarget(t, { linux: { personality: { domain: "LINUX" } } });
    assert.equal((await plain.sh("uname -m")).trim(), machine);
    assert.equal(readFileSync(`/proc/${plain.pid}/personality`, "utf8"), "00000000\n");
  });

  test("a bad value", async (t) => {
    const error = await fails(t, { linux: { personality: { domain: "LINUX", flags: ["ADDR_NO_RANDOMIZE"] } } });
    assert.match(error, /\/linux\/personality\/flags: personality\.flags must be empty: the specification has no flags yet/);
  });
});
