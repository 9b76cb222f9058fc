// The systemd cgroup driver, with systemd as PID 1: what it makes of a container, what daemon-reload leaves, and that no unit stays.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { type TestContext, describe, test } from "node:test";
import { waitUntil } from "../support/command.js";
import type { ConfigPatch } from "../support/config.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = existsSync("/run/systemd/system") ? needsContainers("cgroup2") : "needs systemd as PID 1 (npm run test:vm)";

function systemctl(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync("systemctl", args, { encoding: "utf8" });
  assert.equal(status, 0, `systemctl ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

const show = (unit: string, property: string): string => systemctl("show", "--value", "--property", property, unit);

/** Loaded ones whose name has `marker`, and their files. */
function units(marker: string): string[] {
  const loaded = systemctl("list-units", "--all", "--no-legend", "--plain", `*${marker}*`);
  return loaded === "" ? [] : loaded.split("\n");
}

const noUnits = (marker: string): Promise<void> => waitUntil("no unit is left", () => Promise.resolve(units(marker).length === 0), 20_000);

function setUp(t: TestContext, patch: ConfigPatch = {}) {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const id = scratch.id();
  const unit = `test-${id}.scope`;
  const linux = { cgroupsPath: `system.slice:test:${id}`, ...(patch as { linux?: object }).linux };
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] }, ...patch, linux });
  const create = () => runtime.run(["--systemd-cgroup", "create", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] });
  const file = (name: string) => readFileSync(`/sys/fs/cgroup/system.slice/${unit}/${name}`, "utf8").trim();
  const started = async () => {
    assert.equal((await create()).code, 0);
    await runtime.ok(["start", id]);
  };
  return { scratch, runtime, id, unit, bundle, create, started, file };
}

describe("a scope", { skip, timeout: 600_000 }, () => {
  test("limits are its properties and, exactly, its files; later commands know it from the state", async (t) => {
    const resources = {
      memory: { limit: 104857600, swap: 157286400 },
      cpu: { quota: 12345, period: 100000, shares: 1024 },
      pids: { limit: 50 },
    };
    const { runtime, id, unit, started, file, scratch } = setUp(t, {
      linux: { resources },
      annotations: { "org.systemd.property.TimeoutStopSec": "uint64 7" },
    });
    await started();
    const { pid } = await runtime.state(id);
    assert.equal(readFileSync(`/proc/${pid}/cgroup`, "utf8"), `0::/system.slice/${unit}\n`);
    assert.deepEqual(
      ["MemoryMax", "MemorySwapMax", "CPUQuotaPerSecUSec", "CPUWeight", "TasksMax", "TimeoutStopUSec", "Delegate", "CollectMode"].map(
        (name) => show(unit, name),
      ),
      ["104857600", "52428800", "130ms", "100", "50", "7s", "yes", "inactive-or-failed"],
    );
    assert.deepEqual(["cpu.max", "memory.max", "pids.max"].map(file), ["12345 100000", "104857600", "50"]);
    const { stdout } = await runtime.ok(["exec", id, "cat", "/proc/self/cgroup"]);
    assert.match(stdout, /^0::\/(system\.slice\/.*)?\n$/);
    await runtime.ok(["update", "--pids-limit", "44", id]);
    assert.deepEqual([show(unit, "TasksMax"), file("pids.max"), file("cpu.max")], ["44", "44", "12345 100000"]);
    await runtime.ok(["pause", id]);
    assert.equal((await runtime.state(id)).status, "paused");
    await runtime.ok(["resume", id]);
    await runtime.ok(["delete", "--force", id]);
    await noUnits(scratch.marker);
    assert.equal(existsSync(`/run/systemd/transient/${unit}`), false);
  });

  const allButKmsg = [
    { allow: true, access: "rwm" },
    { allow: false, type: "c", major: 1, minor: 11, access: "rw" },
  ];
  for (const [what, devices, policy] of [
    ["that systemd can hold", [{ allow: false, access: "rwm" }], "strict"],
    ["that it cannot", allButKmsg, "auto"],
  ] as const) {
    test(`device rules ${what}, and limits, are there after daemon-reload`, async (t) => {
      const { runtime, id, unit, started, file } = setUp(t, {
        process: { args: ["sleep", "1000"], capabilities: { bounding: ["CAP_MKNOD"], effective: ["CAP_MKNOD"], permitted: ["CAP_MKNOD"] } },
        root: { readonly: false },
        linux: { resources: { devices, pids: { limit: 50 }, memory: { limit: 104857600 } } },
      });
      await started();
      assert.equal(show(unit, "DevicePolicy"), policy);
      const opened = async (): Promise<string> => {
        const script =
          "mknod /d c 1 11; mknod /z c 1 5; head -c 1 /z >/dev/null && echo zero; head -c 1 /d >/dev/null || echo no-kmsg; rm -f /d /z";
        return (await runtime.run(["exec", id, "sh", "-c", script])).stdout;
      };
      assert.equal(await opened(), "zero\nno-kmsg\n");
      systemctl("daemon-reload");
      assert.equal(await opened(), "zero\nno-kmsg\n");
      assert.deepEqual([file("pids.max"), file("memory.max")], ["50", "104857600"]);
    });
  }

  test("a name that is taken is refused, and who has it keeps it", async (t) => {
    const { runtime, id, scratch, unit, bundle, started } = setUp(t);
    await started();
    const second = await runtime.run(["--systemd-cgroup", "run", "--detach", "--bundle", bundle.dir, scratch.id()], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    assert.equal(second.code, 1);
    assert.match(second.stderr, /systemd: StartTransientUnit\(.*\.scope\): org\.freedesktop\.systemd1\.UnitExists: /);
    assert.equal(show(unit, "ActiveState"), "active");
    assert.equal((await runtime.state(id)).status, "running");
  });

  test("an OOM kill leaves no failed unit, and its name can be used again", async (t) => {
    const { runtime, id, scratch, unit, started } = setUp(t, {
      process: { args: ["sh", "-c", "sleep 1; x=x; while :; do x=$x$x; done"] },
      linux: { resources: { memory: { limit: 16777216, swap: 16777216 } } },
    });
    await started();
    await runtime.waitFor(id, "stopped", 60_000);
    await noUnits(scratch.marker);
    await runtime.ok(["delete", id]);
    await started();
    assert.equal(show(unit, "ActiveState"), "active");
  });

  test("a property that systemd does not know is refused by its words, and nothing is left", async (t) => {
    const { runtime, id, scratch, bundle } = setUp(t, { annotations: { "org.systemd.property.NoSuchThing": "true" } });
    const args = ["--systemd-cgroup", "run", "--detach", "--bundle", bundle.dir, id];
    const { code, stderr } = await runtime.run(args, { stdio: ["ignore", "ignore", "pipe"] });
    assert.equal(code, 1);
    assert.match(stderr, /systemd: StartTransientUnit\(.*\): .*NoSuchThing/);
    assert.deepEqual([units(scratch.marker), runtime.ids()], [[], []]);
  });
});

describe("nothing leaks", { skip, timeout: 3_600_000 }, () => {
  test("a thousand updates of one container", async (t) => {
    const { runtime, id, scratch, unit, started } = setUp(t);
    await started();
    for (let i = 0; i < 1000; i++) await runtime.ok(["update", "--pids-limit", String(100 + i), id]);
    assert.equal(show(unit, "TasksMax"), "1099");
    assert.equal(units(scratch.marker).length, 1);
    await runtime.ok(["delete", "--force", id]);
    await noUnits(scratch.marker);
  });

  test("a hundred containers, deleted while they run, after their end, and by force", async (t) => {
    const { runtime, id, scratch, bundle } = setUp(t);
    const before = systemctl("list-units", "--all", "--no-legend", "--plain", "--type=scope,slice").split("\n").length;
    for (let i = 0; i < 100; i++) {
      const one = `${id}-${i}`;
      bundle.config.linux.cgroupsPath = `system.slice:test:${one}`;
      bundle.save();
      const { code } = await runtime.run(["--systemd-cgroup", "create", "--bundle", bundle.dir, one], {
        stdio: ["ignore", "ignore", "ignore"],
      });
      assert.equal(code, 0);
      if (i % 3 > 0) await runtime.ok(["start", one]);
      if (i % 3 === 2) {
        await runtime.ok(["kill", one, "KILL"]);
        await runtime.waitFor(one, "stopped", 30_000);
      }
      await runtime.ok(["delete", ...(i % 3 === 1 ? ["--force"] : []), one]);
    }
    await noUnits(scratch.marker);
    assert.equal(systemctl("list-units", "--all", "--no-legend", "--plain", "--type=scope,slice").split("\n").length, before);
  });
});
