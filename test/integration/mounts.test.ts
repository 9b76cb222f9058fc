// What /proc/self/mountinfo shows inside for every option of config.json's mounts (survey 2.3), and what is refused.
import { type TestContext, describe, test } from "node:test";
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestConfig } from "../support/config.js";
import { hostMounts } from "../support/leaks.js";
import { needsContainers } from "../support/requirements.js";
import { runContainer, runInContainer } from "../support/run.js";
import { Scratch } from "../support/scratch.js";

interface TestMount {
  readonly destination: string;
  readonly type?: string;
  readonly source?: string;
  readonly options?: readonly string[];
}

interface Shown {
  readonly options: readonly string[];
  readonly propagation: string;
  readonly type: string;
  readonly source: string;
  readonly superOptions: readonly string[];
}

const skip = needsContainers();

/** Runs a container with these mounts added; what is mounted, topmost last, by mount point. */
async function shown(t: TestContext, mounts: readonly TestMount[], script = ""): Promise<Map<string, Shown>> {
  const text = await runInContainer(t, `cat /proc/self/mountinfo; ${script}`, (config) => config.mounts.push(...mounts));
  return new Map(text.split("\n").filter(Boolean).map(parse));
}

function parse(line: string): [string, Shown] {
  const [, , , , point = "", options = "", ...rest] = line.split(" ");
  const dash = rest.indexOf("-");
  const [type = "", source = "", superOptions = ""] = rest.slice(dash + 1);
  const propagation = rest.slice(0, dash).join(" ");
  return [point, { options: options.split(","), propagation, type, source, superOptions: superOptions.split(",") }];
}

const tmpfs = (destination: string, ...options: string[]): TestMount => ({ destination, type: "tmpfs", source: "tmpfs", options });
const bind = (source: string, destination: string, ...options: string[]): TestMount => ({ destination, type: "bind", source, options });

/** Options, and those that mountinfo shows for the mount (without `=`: a flag of the mount; with `super:` one of the superblock). */
const options: readonly (readonly [string, string])[] = [
  ["", "rw relatime"],
  ["defaults", "rw relatime"],
  ["ro", "ro relatime"],
  ["ro,rw", "rw relatime"],
  ["nosuid", "rw nosuid relatime"],
  ["nosuid,suid", "rw relatime"],
  ["nodev", "rw nodev relatime"],
  ["nodev,dev", "rw relatime"],
  ["noexec", "rw noexec relatime"],
  ["noexec,exec", "rw relatime"],
  ["noatime", "rw noatime"],
  ["noatime,atime", "rw relatime"],
  ["nodiratime", "rw nodiratime relatime"],
  ["nodiratime,diratime", "rw relatime"],
  ["relatime", "rw relatime"],
  ["norelatime", "rw relatime"],
  ["strictatime", "rw"],
  ["strictatime,nostrictatime", "rw relatime"],
  ["nosymfollow", "rw relatime nosymfollow"],
  ["nosymfollow,symfollow", "rw relatime"],
  ["sync", "rw relatime super:sync"],
  ["sync,async", "rw relatime"],
  ["dirsync", "rw relatime super:dirsync"],
  ["mand", "rw relatime super:mand"],
  ["mand,nomand", "rw relatime"],
  ["lazytime", "rw relatime super:lazytime"],
  ["lazytime,nolazytime", "rw relatime"],
  ["silent", "rw relatime"],
  ["silent,loud", "rw relatime"],
  ["iversion,noiversion", "rw relatime"],
  ["size=64k,mode=0711", "rw relatime super:size=64k super:mode=711"],
  ["rro", "ro relatime"],
  ["rro,rrw", "rw relatime"],
  ["rnosuid,rnodev,rnoexec", "rw nosuid nodev noexec relatime"],
  ["rnosuid,rsuid", "rw relatime"],
  ["rnodev,rdev", "rw relatime"],
  ["rnoexec,rexec", "rw relatime"],
  ["rnoatime", "rw noatime"],
  ["rstrictatime", "rw"],
  ["rnodiratime", "rw nodiratime relatime"],
  ["rnodiratime,rdiratime", "rw relatime"],
  ["rnosymfollow", "rw relatime nosymfollow"],
  ["noatime,rrelatime", "rw relatime"],
];

function flat({ options: own, superOptions }: Shown): string {
  const known = /^(sync|dirsync|mand|lazytime|size=.*|mode=.*)$/;
  return [...own, ...superOptions.filter((name) => known.test(name)).map((name) => `super:${name}`)].join(" ");
}

describe("mounts", { skip }, () => {
  test("every option, on a tmpfs", async (t) => {
    const mounts = options.map(([given], index) => tmpfs(`/m/${index}`, ...given.split(",").filter(Boolean)));
    const seen = await shown(t, mounts);
    const found = options.map(([given], index) => [given, flat(seen.get(`/m/${index}`) as Shown)]);
    assert.deepEqual(found, options);
  });

  test("every option of a mount, on a bind", async (t) => {
    const scratch = new Scratch(t);
    const own = options.filter(([given, want]) => !want.includes("super:") && !given.includes("silent"));
    const mounts = own.map(([given], index) => bind(scratch.dir, `/m/${index}`, "rbind", ...given.split(",").filter(Boolean)));
    const seen = await shown(t, mounts);
    const found = own.map(([given], index) => [given, (seen.get(`/m/${index}`) as Shown).options.join(" ")]);
    assert.deepEqual(found, own);
  });

  test("propagation", async (t) => {
    const types = ["private", "shared", "slave", "unbindable", "rprivate", "rshared", "rslave", "runbindable", "shared,private"];
    const seen = await shown(
      t,
      types.map((type, index) => tmpfs(`/m/${index}`, ...type.split(","))),
    );
    const found = types.map((_type, index) => (seen.get(`/m/${index}`) as Shown).propagation.replace(/:\d+/, ""));
    assert.deepEqual(found, ["", "shared", "", "unbindable", "", "shared", "", "unbindable", ""]);
  });

  test("a recursive bind carries what is mounted below; recursive attributes reach it", async (t) => {
    const seen = await shown(t, [
      bind("/sys", "/plain", "rbind"),
      bind("/sys", "/top", "rbind", "ro"),
      bind("/sys", "/all", "rbind", "rro"),
    ]);
    const below = (at: string) => [...seen].filter(([point]) => point.startsWith(`${at}/`));
    assert.ok(below("/plain").length > 0);
    assert.equal(below("/top").length, below("/plain").length);
    assert.ok(seen.get("/top")?.options.includes("ro"));
    assert.ok(below("/top").some(([, mount]) => mount.options.includes("rw")));
    assert.deepEqual(
      below("/all").filter(([, mount]) => !mount.options.includes("ro")),
      [],
    );
    const single = await shown(t, [bind("/sys", "/single", "bind")]);
    assert.deepEqual(
      [...single.keys()].filter((point) => point.startsWith("/single/")),
      [],
    );
  });

  test("mounts are made in the order given, also over each other", async (t) => {
    const text = await runInContainer(t, "ls /a /a/b; cat /a/b/file", (config) => {
      config.mounts.push(tmpfs("/a"), tmpfs("/a/b"), tmpfs("/a"), tmpfs("/a/b"), bind("/etc/hostname", "/a/b/file"));
    });
    assert.equal(text, `/a:\nb\n\n/a/b:\nfile\n${readFileSync("/etc/hostname", "utf8")}`);
  });

  test("the modes of what is made and of what is covered", async (t) => {
    const scratch = new Scratch(t);
    writeFileSync(scratch.path("file"), "");
    const script = 'stat -c "%n %a %F" /new /new/dir /new/file /tmp /fresh';
    const text = await runInContainer(t, script, (config) => {
      config.mounts.push(bind(scratch.dir, "/new/dir"), bind(scratch.path("file"), "/new/file"), tmpfs("/tmp"), tmpfs("/fresh"));
    });
    assert.equal(
      text,
      "/new 755 directory\n/new/dir 755 directory\n/new/file 644 regular empty file\n/tmp 1777 directory\n/fresh 1777 directory\n",
    );
  });

  test("tmpcopyup", async (t) => {
    const script = "cat /etc/passwd | head -n 1; echo more >> /etc/passwd; mount | grep -c ' /etc '";
    const text = await runInContainer(t, script, (config) => config.mounts.push(tmpfs("/etc", "tmpcopyup")));
    assert.match(text, /^root:.*\n1\n$/);
  });

  test("copy-symlink makes a link again instead of following it", async (t) => {
    const scratch = new Scratch(t);
    symlinkSync("/etc/passwd", scratch.path("link"));
    writeFileSync(scratch.path("file"), "a file\n");
    const options = ["bind", "copy-symlink"];
    const script = "readlink /mnt/new/link; cat /mnt/file; head -n 1 /mnt/new/link";
    const text = await runInContainer(t, script, (config) => {
      config.mounts.push(tmpfs("/mnt"), bind(scratch.path("link"), "/mnt/new/link", ...options));
      // The same once more is fine; a source that is no link is bound.
      config.mounts.push(bind(scratch.path("link"), "/mnt/new/link", ...options), bind(scratch.path("file"), "/mnt/file", ...options));
    });
    assert.match(text, /^\/etc\/passwd\na file\nroot:/);
  });

  test("a read-only tmpfs is filled first", async (t) => {
    const text = await runInContainer(t, "ls -A /mnt; echo x > /mnt/x", (config) => {
      config.mounts.push(tmpfs("/mnt", "ro"), tmpfs("/mnt/inner"), tmpfs("/mnt/other", "ro"));
    }).catch((error: Error) => error.message);
    assert.match(text, /Read-only file system/);
  });

  test("a read-only root, and mounts on it that are not", async (t) => {
    const { stdout, stderr } = await runContainer(t, "echo > /x; echo in > /mnt/x; cat /mnt/x", (config: TestConfig) => {
      config.root.readonly = true;
      config.mounts.push(tmpfs("/mnt"));
    });
    assert.match(stderr, /can't create \/x: Read-only file system/);
    assert.equal(stdout, "in\n");
  });

  test("--no-pivot shows the same mounts, and nothing of the host", async (t) => {
    const points = (text: string) =>
      text
        .split("\n")
        .filter(Boolean)
        .map((line) => line.split(" ")[4]);
    const usual = await runInContainer(t, "cat /proc/self/mountinfo");
    const moved = await runInContainer(t, "cat /proc/self/mountinfo", {}, { args: ["--no-pivot"] });
    assert.deepEqual(points(moved), points(usual));
  });

  test("nothing of ours reaches the host", async (t) => {
    const before = hostMounts("no directory of a test");
    await runInContainer(t, "true", (config) => config.mounts.push(tmpfs("/mnt", "rshared"), bind("/tmp", "/host", "rbind", "rshared")));
    assert.deepEqual(hostMounts("no directory of a test"), before);
  });

  test("in a user namespace: sources behind directories that its root may not enter", async (t) => {
    const scratch = new Scratch(t);
    const [closed, open] = [scratch.path("closed"), scratch.path("open")];
    for (const dir of [join(closed, "dir/sub"), open]) mkdirSync(dir, { recursive: true });
    for (const file of [join(closed, "file"), join(closed, "dir/file"), join(open, "file")]) writeFileSync(file, `${file}\n`);
    symlinkSync(join(closed, "dir"), join(open, "link"));
    symlinkSync("/etc/group", join(closed, "copied"));
    chmodSync(closed, 0o700);
    const bundle = scratch.makeBundle((config) => {
      const script = `cat /one /two/file /three/file /four; readlink /mnt/five; readlink /mnt/six; cat /seven; touch /two/x
        grep -c -E ' /(one|two|three|four) ro' /proc/self/mountinfo`;
      config.process.args = ["sh", "-c", script];
      config.linux.namespaces.push({ type: "user" });
      const map = [{ containerID: 0, hostID: 100000, size: 65536 }];
      Object.assign(config.linux, { uidMappings: map, gidMappings: map });
      config.mounts = config.mounts.filter(({ destination }: { destination: string }) => destination !== "/sys/fs/cgroup");
      config.mounts.push(
        bind(join(closed, "file"), "/one", "bind", "ro", "nosuid"),
        bind(join(closed, "dir"), "/two", "rbind", "ro"),
        bind(join(open, "link"), "/three", "rbind", "ro"),
        bind(join(open, "file"), "/four", "bind", "ro"),
        tmpfs("/mnt"),
        bind(join(closed, "copied"), "/mnt/five", "bind", "copy-symlink"),
        bind(join(open, "link"), "/mnt/six", "bind", "copy-symlink"),
        bind(join(closed, "file"), "/seven", "bind", "copy-symlink"),
      );
    });
    // Its root may not make them: it does not own the rootfs.
    for (const dir of ["two", "three", "mnt"]) mkdirSync(join(bundle.rootfs, dir), { recursive: true });
    for (const file of ["one", "four", "seven"]) writeFileSync(join(bundle.rootfs, file), "");
    const { stdout, stderr } = await scratch.runtime().run(["run", "--bundle", bundle.dir, scratch.id()]);
    assert.equal(stderr, "touch: /two/x: Read-only file system\n");
    const copied = `/etc/group\n${closed}/dir\n${closed}/file\n`;
    assert.equal(stdout, `${closed}/file\n${closed}/dir/file\n${closed}/dir/file\n${open}/file\n${copied}4\n`);
  });
});

describe("mounts that fail", { skip }, () => {
  const fails = (name: string, mount: (scratch: Scratch) => TestMount, want: RegExp) =>
    test(name, async (t) => {
      const scratch = new Scratch(t);
      writeFileSync(scratch.path("file"), "");
      mkdirSync(scratch.path("dir"));
      const { code, stderr } = await runContainer(t, "true", (config) => config.mounts.push(mount(scratch)));
      assert.equal(code, 1);
      assert.match(stderr, want);
      assert.match(stderr, /\/mounts\/7/);
    });

  fails("a directory on a file", ({ dir }) => bind(join(dir, "dir"), "/etc/passwd"), /not a directory/);
  fails("a file on a directory", ({ dir }) => bind(join(dir, "file"), "/etc"), /not a directory/);
  fails(
    "copy-symlink on something else",
    ({ dir }) => {
      symlinkSync("x", join(dir, "link"));
      return bind(join(dir, "link"), "/etc/passwd", "bind", "copy-symlink");
    },
    /symlinkat\(\\?"x\\?", \\?"\/etc\/passwd\\?"\): EEXIST/,
  );
  fails(
    "an id-mapped procfs",
    () => ({ ...bind("/proc", "/mnt", "rbind", "idmap=uids=0-1-1;gids=0-1-1") }),
    /mounts\/7\/open .*mount_setattr\(\\?"\/proc\\?", MOUNT_ATTR_IDMAP\): EINVAL .*hint: this filesystem can not be id-mapped/,
  );
  fails("a missing source", ({ dir }) => bind(join(dir, "none"), "/mnt"), /no such file or directory/);
  fails("a bad option of a filesystem", () => tmpfs("/mnt", "size=banana"), /size=banana.*Bad value for 'size'/);
  fails("an unknown filesystem", () => ({ destination: "/mnt", type: "nosuchfs", source: "x" }), /nosuchfs.*no such device/);
  fails("a target inside /proc", () => tmpfs("/proc/sys"), /\\?"\/proc\/sys\\?" cannot be mounted because it is inside \/proc/);
  fails("something else than a procfs on /proc", () => tmpfs("/proc"), /\\?"\/proc\\?" cannot be mounted because it is not of type proc/);
});
