// Hostile images: what is in the rootfs, or in a volume, leads the runtime elsewhere.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { attack, type Scene } from "../support/attack.js";
import type { CommandResult } from "../support/command.js";
import type { TestConfig } from "../support/config.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

type Patch = (config: TestConfig) => void;

/** A container whose image `spoil` has been at. Any end of it. */
async function run(scene: Scene, script: string, patch: Patch, spoil: (rootfs: string) => void = () => undefined): Promise<CommandResult> {
  const bundle = scene.scratch.makeBundle((config) => {
    config.process.args = ["sh", "-c", script];
    patch(config);
  });
  spoil(bundle.rootfs);
  return scene.runtime.run(["run", "--bundle", bundle.dir, scene.scratch.id()]);
}

/** An empty directory of the host. */
function outside(scene: Scene): string {
  const path = scene.scratch.path("outside");
  mkdirSync(path);
  return path;
}

function link(path: string, to: string): void {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(to, path);
}

function leaveOut(config: TestConfig, directory: string): void {
  config.mounts = config.mounts.filter(({ destination }: { destination: string }) => !destination.startsWith(directory));
}

const bind = (destination: string, source: string) => ({ destination, type: "bind", source, options: ["bind"] });

const refused = ({ code, stderr }: CommandResult, text: RegExp): boolean => code === 1 && text.test(stderr);

// Labels, sysctls and masks would miss what they mean: CVE-2019-19921, CVE-2023-27561, CVE-2023-28642, youki CVE-2025-54867.
for (const [directory, type] of Object.entries({ proc: "proc", sys: "sysfs" })) {
  test(
    `/${directory} of the image is a symlink to a directory that it has made`,
    { skip },
    attack("ordinary-directory", async (scene) => {
      const result = await run(
        scene,
        "cat /fake/self/mountinfo /proc/self/mountinfo",
        (config) => (config.root.readonly = false),
        (rootfs) => {
          mkdirSync(join(rootfs, "fake"));
          link(join(rootfs, directory), "/fake");
        },
      );
      const there = new RegExp(` /fake .* - ${type} `).test(result.stdout);
      assert.ok(there || refused(result, /must be mounted on ordinary directory/), result.stderr);
      return there;
    }),
  );
}

// CVE-2026-41579, crun CVE-2026-47766.
test(
  "/dev of the image is a symlink: device nodes and links on the host",
  { skip },
  attack("resolve-in-root", async (scene) => {
    const target = outside(scene);
    const spoil = (rootfs: string): void => link(join(rootfs, "dev"), target);
    const result = await run(scene, "true", (config) => leaveOut(config, "/dev"), spoil);
    assert.ok(scene.weak || result.code === 0, result.stderr);
    return readdirSync(target).length > 0;
  }),
);

// CVE-2024-45310, crun CVE-2019-18837 and CVE-2025-24965.
test(
  "mount targets, device nodes and the working directory below a symlink: made on the host",
  { skip },
  attack("resolve-in-root", async (scene) => {
    const target = outside(scene);
    const result = await run(
      scene,
      "true",
      (config) => {
        config.mounts.push({ destination: "/data/new/directory", type: "tmpfs", source: "tmpfs" }, bind("/data/file", "/etc/hostname"));
        config.linux.devices = [{ path: "/data/dev/null", type: "c", major: 1, minor: 3 }];
        config.process.cwd = "/data/cwd";
      },
      (rootfs) => symlinkSync(target, join(rootfs, "data")),
    );
    assert.ok(scene.weak || result.code === 0, result.stderr);
    return readdirSync(target).length > 0;
  }),
);

// CVE-2019-16884: what is there hides the files that the runtime and the masks mean.
test(
  "a volume inside /proc, by way of a symlink",
  { skip },
  attack("proc-mounts", async (scene) => {
    const volume = outside(scene);
    const patch = (config: TestConfig): void => config.mounts.push(bind("/data/sys/kernel", volume));
    const result = await run(scene, "cat /proc/self/mountinfo", patch, (rootfs) => symlinkSync("/proc", join(rootfs, "data")));
    const there = result.stdout.includes(" /proc/sys/kernel ");
    assert.ok(there || refused(result, /cannot be mounted because it is inside \/proc/), result.stderr);
    return there;
  }),
);

// CVE-2025-31133, youki CVE-2025-62161 and CVE-2025-62596.
test(
  "/dev/null of a volume leads to the file that it is to mask",
  { skip },
  attack("dev-null-proof", async (scene) => {
    const dev = outside(scene);
    symlinkSync("/proc/version", join(dev, "null"));
    const result = await run(scene, "cat /proc/version", (config) => {
      leaveOut(config, "/dev");
      config.mounts.push({ ...bind("/dev", dev), options: ["rbind"] });
      config.linux.maskedPaths = ["/proc/version"];
    });
    const read = result.stdout.startsWith("Linux");
    assert.ok(read || refused(result, /container's \/dev\/null is invalid/), result.stderr);
    return read;
  }),
);

// CVE-2025-52881, youki CVE-2025-62596.
test(
  "/proc/sys of the image leads to a file of a volume: a sysctl is written there",
  { skip },
  attack("private-procfs", async (scene) => {
    const volume = outside(scene);
    writeFileSync(join(volume, "file"), "host");
    const { code, stderr } = await run(
      scene,
      "true",
      (config) => {
        leaveOut(config, "/proc");
        config.linux.maskedPaths = config.linux.readonlyPaths = [];
        config.linux.sysctl = { "kernel.shmmni": "4091" };
        config.mounts.push(bind("/data", volume));
      },
      (rootfs) => {
        mkdirSync(join(rootfs, "proc/sys/kernel"), { recursive: true });
        symlinkSync("/data/file", join(rootfs, "proc/sys/kernel/shmmni"));
      },
    );
    assert.equal(code, 0, stderr);
    return readFileSync(join(volume, "file"), "utf8") !== "host";
  }),
);

// CVE-2025-52565: whoever holds the other devpts reads and writes what the program does.
test(
  "/dev/pts of a volume leads to somebody else's terminals",
  { skip },
  attack("console-proof", async ({ scratch, runtime, t }) => {
    const [pts, others, socket, log] = ["pts", "others", "console", "log"].map((name) => scratch.path(name)) as [
      string,
      string,
      string,
      string,
    ];
    for (const directory of [pts, others]) mkdirSync(directory);
    execFileSync("mount", ["-t", "devpts", "-o", "newinstance,ptmxmode=0666", "devpts", others]);
    symlinkSync("/others/ptmx", join(pts, "ptmx"));
    const bundle = scratch.makeBundle((config) => {
      leaveOut(config, "/dev/pts");
      Object.assign(config.process, { terminal: true, args: ["sleep", "100"] });
      config.root.readonly = false;
      config.mounts.push(bind("/others", others), bind("/dev/pts", pts));
    });
    const server = createServer().listen(socket);
    t.after(() => server.close());
    const id = scratch.id();
    const args = ["--log", log, "create", "--console-socket", socket, "--bundle", bundle.dir, id];
    if ((await runtime.run(args, { stdio: ["ignore", "ignore", "ignore"] })).code !== 0) {
      assert.match(readFileSync(log, "utf8"), /\/dev\/pts of the container is not a devpts/);
      return false;
    }
    const { pid } = await runtime.state(id);
    return statSync(`/proc/${pid}/fd/0`).dev === statSync(others).dev;
  }),
);

// CVE-2021-43784: a length of 16 bits overflows, and what is behind is read as other fields.
test("strings longer than 16 bits can count arrive whole, and a NUL is refused", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const long = "x".repeat(65536 + 4);
  const bundle = scratch.makeBundle({
    process: { args: ["sh", "-c", 'echo "${#1} ${#LONG}"; env | grep -c SMUGGLED', "sh", `${long}SMUGGLED=1`] },
  });
  bundle.config.process.env.push(`LONG=${long}`);
  bundle.save();
  const runtime = scratch.runtime();
  assert.equal((await runtime.run(["run", "--bundle", bundle.dir, scratch.id()])).stdout, `${65540 + 10} 65540\n0\n`);
  bundle.config.mounts.push(bind("/data\0/elsewhere", "/etc"));
  bundle.save();
  const { code, stderr } = await runtime.run(["run", "--bundle", bundle.dir, scratch.id()]);
  assert.equal(code, 1);
  assert.match(stderr, /NUL character/);
});
