// /dev of a container: default nodes and links, linux.devices, and what a hostile image does to it.
import { describe, test } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestConfig } from "../support/config.js";
import { needsContainers } from "../support/requirements.js";
import { runInContainer } from "../support/run.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const list = 'cd /dev && for f in *; do stat -c "%n %F %t:%T %a %u:%g" $f; readlink $f; done; true';

function lines(text: string): Map<string, string> {
  const found = new Map<string, string>();
  let last = "";
  for (const line of text.split("\n").filter(Boolean)) {
    const match = /^(\S+) (.* \S+ \d+ \d+:\d+)$/.exec(line);
    if (match === null) found.set(last, `-> ${line}`);
    else found.set((last = match[1] ?? ""), match[2] ?? "");
  }
  return found;
}

describe("/dev", { skip }, () => {
  test("default nodes and links", async (t) => {
    const dev = lines(await runInContainer(t, list));
    const node = (numbers: string) => `character special file ${numbers} 666 0:0`;
    for (const [name, numbers] of Object.entries({ null: "1:3", zero: "1:5", full: "1:7", random: "1:8", urandom: "1:9", tty: "5:0" })) {
      assert.equal(dev.get(name), node(numbers), name);
    }
    for (const [name, to] of Object.entries({
      fd: "/proc/self/fd",
      stdin: "/proc/self/fd/0",
      stdout: "/proc/self/fd/1",
      stderr: "/proc/self/fd/2",
      ptmx: "pts/ptmx",
    })) {
      assert.equal(dev.get(name), `-> ${to}`, name);
    }
  });

  test("devices of the configuration, in directories that are not there, and instead of a default one", async (t) => {
    const text = await runInContainer(t, 'stat -c "%n %F %t:%T %a %u:%g" /dev/net/tun /dev/loop /dev/pipe /dev/full /dev/net', (config) => {
      config.linux.devices = [
        { path: "/dev/net/tun", type: "c", major: 10, minor: 200, fileMode: 0o640, uid: 3, gid: 4 },
        { path: "/dev/loop", type: "b", major: 7, minor: 0 },
        { path: "/dev/pipe", type: "p", fileMode: 0o600 },
        { path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 0o604, uid: 9, gid: 9 },
      ];
    });
    assert.equal(
      text,
      [
        "/dev/net/tun character special file a:c8 640 3:4",
        "/dev/loop block special file 7:0 666 0:0",
        "/dev/pipe fifo 0:0 600 0:0",
        "/dev/full character special file 1:7 604 9:9",
        "/dev/net directory 0:0 755 0:0",
        "",
      ].join("\n"),
    );
  });

  test("without a mount on /dev the nodes are made in the rootfs; wrong ones are replaced", async (t) => {
    const scratch = new Scratch(t);
    const bundle = scratch.makeBundle((config: TestConfig) => {
      config.process.args = ["sh", "-c", 'stat -c "%F %t:%T" /dev/null /dev/zero'];
      config.mounts = config.mounts.filter(({ destination }: { destination: string }) => !destination.startsWith("/dev"));
    });
    mkdirSync(join(bundle.rootfs, "dev"), { recursive: true });
    rmSync(join(bundle.rootfs, "dev/null"), { force: true });
    writeFileSync(join(bundle.rootfs, "dev/null"), "a file of the image");
    const { stdout } = await scratch.runtime().ok(["run", "--bundle", bundle.dir, scratch.id()]);
    assert.equal(stdout, "character special file 1:3\ncharacter special file 1:5\n");
  });

  test("a bind mount on /dev is left alone", async (t) => {
    const scratch = new Scratch(t);
    mkdirSync(scratch.path("dev"));
    writeFileSync(scratch.path("dev/mine"), "");
    const text = await runInContainer(t, "ls /dev", (config) => {
      config.mounts = config.mounts.filter(({ destination }: { destination: string }) => !destination.startsWith("/dev"));
      config.mounts.push({ destination: "/dev", type: "bind", source: scratch.path("dev"), options: ["rbind"] });
      config.linux.maskedPaths = [];
    });
    assert.equal(text, "mine\n");
    assert.deepEqual(readdirSync(scratch.path("dev")), ["mine"]);
  });
});

describe("/dev of a hostile image", { skip }, () => {
  test("/dev as a symlink to the host, without a mount on it (CVE-2026-41579)", async (t) => {
    const scratch = new Scratch(t);
    const outside = scratch.path("outside");
    mkdirSync(outside);
    const bundle = scratch.makeBundle((config: TestConfig) => {
      config.process.args = ["sh", "-c", "ls /dev/ | wc -l"];
      config.mounts = config.mounts.filter(({ destination }: { destination: string }) => !destination.startsWith("/dev"));
    });
    rmSync(join(bundle.rootfs, "dev"), { recursive: true, force: true });
    symlinkSync(outside, join(bundle.rootfs, "dev"));
    const { stdout } = await scratch.runtime().ok(["run", "--bundle", bundle.dir, scratch.id()]);
    assert.ok(Number(stdout) >= 11);
    assert.deepEqual(readdirSync(outside), []);
  });

  for (const name of ["null", "ptmx", "fd", "stdin", "console", "pts", "shm", "mqueue"]) {
    test(`/dev/${name} as a symlink to the host`, async (t) => {
      const scratch = new Scratch(t);
      const outside = scratch.path("outside");
      mkdirSync(outside);
      writeFileSync(join(outside, "victim"), "host");
      const bundle = scratch.makeBundle((config: TestConfig) => {
        config.process.args = ["true"];
        // The image's own /dev: the tmpfs would hide the symlink.
        config.mounts = config.mounts.filter(({ destination }: { destination: string }) => destination !== "/dev");
      });
      mkdirSync(join(bundle.rootfs, "dev"), { recursive: true });
      rmSync(join(bundle.rootfs, "dev", name), { recursive: true, force: true });
      symlinkSync(["pts", "shm", "mqueue"].includes(name) ? outside : join(outside, "victim"), join(bundle.rootfs, "dev", name));
      const { code, stderr } = await scratch.runtime().run(["run", "--bundle", bundle.dir, scratch.id()]);
      assert.equal(code, 0, stderr);
      assert.deepEqual(readdirSync(outside), ["victim"]);
      assert.equal(readFileSync(join(outside, "victim"), "utf8"), "host");
      assert.ok(!readFileSync("/proc/self/mountinfo", "utf8").includes(outside));
    });
  }
});
