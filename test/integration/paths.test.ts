// Paths of the container: masked, read-only, the working directory, sysctls; and rootfs that try to lead them out.
import { type TestContext, describe, test } from "node:test";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommandResult } from "../support/command.js";
import type { TestConfig } from "../support/config.js";
import { needsContainers } from "../support/requirements.js";
import { runInContainer } from "../support/run.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();

describe("paths", { skip }, () => {
  test("masked: a file is empty, a directory is empty and read-only, nothing is fine", async (t) => {
    const script =
      "cat /etc/passwd; ls -A /etc/secret; echo > /etc/secret/x; stat -c '%F %t:%T' /etc/passwd; echo > /etc/passwd && echo written";
    const scratch = new Scratch(t);
    const bundle = scratch.makeBundle((config: TestConfig) => {
      config.process.args = ["sh", "-c", `exec 2>&1; ${script}`];
      config.linux.maskedPaths = ["/etc/passwd", "/etc/secret", "/no/such/path", "/etc/passwd/below", "/etc/secret"];
    });
    mkdirSync(join(bundle.rootfs, "etc/secret"));
    writeFileSync(join(bundle.rootfs, "etc/secret/key"), "k");
    const { stdout } = await scratch.runtime().ok(["run", "--bundle", bundle.dir, scratch.id()]);
    assert.match(stdout, /^sh: can't create \/etc\/secret\/x: Read-only file system\ncharacter special file 1:3\nwritten\n$/);
    assert.ok(readFileSync(join(bundle.rootfs, "etc/passwd"), "utf8").includes("root"));
  });

  test("read-only paths keep the other flags of their mount", async (t) => {
    const text = await runInContainer(t, "grep ' /proc/sys ' /proc/self/mountinfo; grep ' /mnt ' /proc/self/mountinfo", (config) => {
      config.linux.readonlyPaths = ["/proc/sys", "/mnt", "/no/such/path"];
      config.mounts.push({ destination: "/mnt", type: "tmpfs", source: "tmpfs", options: ["nosuid", "noexec", "noatime"] });
    });
    assert.match(text, / \/proc\/sys ro,relatime - proc /);
    assert.match(text, / \/mnt rw,nosuid,noexec,noatime .*\n.* \/mnt ro,nosuid,noexec,noatime - tmpfs tmpfs rw/);
  });

  test("sysctls are written before /proc/sys becomes read-only", async (t) => {
    const text = await runInContainer(t, "cat /proc/sys/kernel/msgmax /proc/sys/net/ipv4/ip_forward", (config) => {
      config.linux.sysctl = { "kernel.msgmax": "12345", "net.ipv4.ip_forward": "1" };
    });
    assert.equal(text, "12345\n1\n");
  });

  test("a working directory that is missing is made", async (t) => {
    const text = await runInContainer(t, "pwd; stat -c %a /srv/app .", (config) => {
      config.process.cwd = "/srv/app/work";
    });
    assert.equal(text, "/srv/app/work\n755\n755\n");
  });
});

/** Runs a container on a rootfs that `spoil` changed, and checks that the host's directory `outside` is as it was. */
async function hostile(
  t: TestContext,
  spoil: (rootfs: string, outside: string) => void,
  patch: (config: TestConfig) => void = () => undefined,
): Promise<CommandResult> {
  const scratch = new Scratch(t);
  const outside = scratch.path("outside");
  mkdirSync(join(outside, "sub"), { recursive: true });
  writeFileSync(join(outside, "file"), "host");
  const bundle = scratch.makeBundle((config: TestConfig) => {
    config.process.args = ["sh", "-c", "cat /proc/self/mountinfo"];
    patch(config);
  });
  spoil(bundle.rootfs, outside);
  const result = await scratch.runtime().run(["run", "--bundle", bundle.dir, scratch.id()]);
  assert.deepEqual(readdirSync(outside, { recursive: true }).sort(), ["file", "sub"]);
  assert.equal(readFileSync(join(outside, "file"), "utf8"), "host");
  assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(scratch.dir));
  return result;
}

function replace(path: string, to: string): void {
  rmSync(path, { recursive: true, force: true });
  symlinkSync(to, path);
}

describe("a hostile rootfs", { skip }, () => {
  const addMount = (mount: object) => (config: TestConfig) => config.mounts.push(mount);
  const tmpfs = (destination: string) => addMount({ destination, type: "tmpfs", source: "tmpfs" });

  for (const type of ["proc", "sys"]) {
    test(`/${type} as a symlink is refused (CVE-2023-27561)`, async (t) => {
      const { code, stderr } = await hostile(t, (rootfs, outside) => replace(join(rootfs, type), outside));
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`filesystem \\\\?"${type === "sys" ? "sysfs" : "proc"}\\\\?" must be mounted on ordinary directory`));
    });
    test(`/${type} as a symlink to a directory of the image is refused too`, async (t) => {
      const { code, stderr } = await hostile(t, (rootfs) => {
        mkdirSync(join(rootfs, "fake"));
        replace(join(rootfs, type), "/fake");
      });
      assert.equal(code, 1);
      assert.match(stderr, /must be mounted on ordinary directory/);
    });
  }

  test("/dev as a symlink: the tmpfs lands inside", async (t) => {
    const { code, stdout, stderr } = await hostile(t, (rootfs, outside) => replace(join(rootfs, "dev"), outside));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /outside rw,nosuid - tmpfs/);
  });

  test("a mount target through symlinks: absolute, relative, dangling, a loop", async (t) => {
    const targets: readonly (readonly [string, string | ((outside: string) => string), number])[] = [
      ["absolute", (outside) => outside, 0],
      ["relative", "../../../../../../../../tmp", 0],
      ["dangling", "/no/such/place", 0],
      ["loop", "loop", 1],
    ];
    for (const [name, to, want] of targets) {
      const { code, stderr } = await hostile(
        t,
        (rootfs, outside) => symlinkSync(typeof to === "string" ? to : to(outside), join(rootfs, name)),
        tmpfs(`/${name}/new/dir`),
      );
      assert.equal(code, want, `${name}: ${stderr}`);
    }
  });

  test("a mount target that leads into /proc", async (t) => {
    const { code, stderr } = await hostile(t, (rootfs) => symlinkSync("/proc/self", join(rootfs, "data")), tmpfs("/data/attr"));
    assert.equal(code, 1);
    assert.match(stderr, /cannot be mounted because it is inside \/proc/);
  });

  test("a file bind on a symlink to a file of the host", async (t) => {
    const { code, stderr } = await hostile(
      t,
      (rootfs, outside) => {
        mkdirSync(join(rootfs, "data"));
        symlinkSync(join(outside, "file"), join(rootfs, "data/file"));
        symlinkSync(join(outside, "new"), join(rootfs, "data/new"));
      },
      (config) => {
        for (const name of ["file", "new"]) {
          config.mounts.push({ destination: `/data/${name}`, type: "bind", source: "/etc/hostname", options: ["bind", "ro"] });
        }
      },
    );
    assert.equal(code, 0, stderr);
  });

  test("masked, read-only and working directory through symlinks", async (t) => {
    const { code, stderr } = await hostile(
      t,
      (rootfs, outside) => {
        for (const name of ["mask", "ro"]) symlinkSync(join(outside, "sub"), join(rootfs, name));
        symlinkSync(outside, join(rootfs, "data"));
      },
      (config) => {
        config.linux.maskedPaths = ["/mask"];
        config.linux.readonlyPaths = ["/ro"];
        config.process.cwd = "/data/new";
      },
    );
    assert.equal(code, 0, stderr);
  });

  test("a false /dev/null masks nothing: refused (CVE-2025-31133)", async (t) => {
    const scratch = new Scratch(t);
    mkdirSync(scratch.path("dev"));
    writeFileSync(scratch.path("dev/null"), "");
    const { code, stderr } = await hostile(
      t,
      () => undefined,
      (config) => {
        config.mounts = config.mounts.filter(({ destination }: { destination: string }) => !destination.startsWith("/dev"));
        config.mounts.push({ destination: "/dev", type: "bind", source: scratch.path("dev"), options: ["rbind"] });
        config.linux.maskedPaths = ["/etc/passwd"];
      },
    );
    assert.equal(code, 1);
    assert.match(stderr, /container's \/dev\/null is invalid/);
  });

  test("a volume whose directory a neighbour swaps with a symlink to the host (CVE-2021-30465)", async (t) => {
    const scratch = new Scratch(t);
    const volume = scratch.path("volume");
    const outside = scratch.path("target");
    mkdirSync(join(volume, "dir"), { recursive: true });
    mkdirSync(outside);
    symlinkSync(outside, join(volume, "link"));
    // busybox has no RENAME_EXCHANGE: three renames, as fast as a process can.
    const swap = `const fs = require("fs"); const v = ${JSON.stringify(volume)};
      for (;;) try { fs.renameSync(v + "/dir", v + "/t"); fs.renameSync(v + "/link", v + "/dir"); fs.renameSync(v + "/t", v + "/link"); } catch {}`;
    const neighbour = spawn(process.execPath, ["-e", swap], { stdio: "ignore" });
    try {
      const bundle = scratch.makeBundle((config: TestConfig) => {
        config.process.args = ["true"];
        config.mounts.push({ destination: "/vol", type: "bind", source: volume, options: ["rbind"] });
        config.mounts.push({ destination: "/vol/dir/a/b", type: "tmpfs", source: "tmpfs" });
        config.mounts.push({ destination: "/vol/dir/file", type: "bind", source: "/etc/hostname", options: ["bind"] });
      });
      const runtime = scratch.runtime();
      for (let round = 0; round < 15; round++) {
        await runtime.run(["run", "--bundle", bundle.dir, scratch.id()]);
        assert.deepEqual(readdirSync(outside), []);
      }
    } finally {
      neighbour.kill("SIGKILL");
    }
    assert.ok(existsSync(volume));
  });
});
