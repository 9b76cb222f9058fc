// Hostile things in random places: whatever becomes of the container, the host is as it was, nothing hangs, and an error is one of ours.
// TSRUNC_ATTACK_SEED repeats a run, TSRUNC_LONG=1 tries three hundred images.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { attack } from "../support/attack.js";
import type { TestConfig } from "../support/config.js";
import { findLeaks } from "../support/leaks.js";
import { chosenSeed, Random } from "../support/random.js";
import { needsContainers } from "../support/requirements.js";

const IMAGES = process.env["TSRUNC_LONG"] === undefined ? 12 : 300;

const places = (
  "dev dev/null dev/zero dev/pts dev/ptmx dev/console dev/shm dev/mqueue dev/fd dev/stdin proc proc/self sys sys/fs sys/fs/cgroup run " +
  "etc etc/passwd etc/group data data/a data/a/b data/file job bin/true tmp root"
).split(" ");

/** Those that a configuration names beside the usual ones. */
const inner = "data data/a data/b job tmp run root etc/conf dev/own".split(" ");

/** What a link of the image may say; `outside` is a directory of the host with `file`, `sub` and a fifo. */
const links = (outside: string): string[] => [
  outside,
  `${outside}/sub`,
  `${outside}/file`,
  `${outside}/missing/deep`,
  `../../../../../../../../..${outside}`,
  "/proc/self/root",
  "/proc/1/root",
  `/proc/1/root${outside}`,
  "/proc/self/cwd/..",
  "/proc/self/fd/3",
  "/proc/self/exe",
  "/dev/pts/ptmx",
  "/",
  "..",
  "loop",
  `${outside}/fifo`,
];

function spoil(random: Random, path: string, targets: readonly string[]): void {
  try {
    // Not through a link that an earlier one has put there: what is outside is the runtime's to leave alone.
    if (!lstatSync(dirname(path)).isDirectory()) return;
    rmSync(path, { recursive: true, force: true });
    const kind = random.below(12);
    if (kind < 7) symlinkSync(random.pick(targets), path);
    else if (kind === 7) execFileSync("mkfifo", [path]);
    else if (kind === 8) execFileSync("mknod", [path, "c", "1", String(random.below(10))]);
    else if (kind === 9) writeFileSync(path, "x".repeat(random.below(100)));
    else if (kind === 10) mkdirSync(path);
    else {
      mkdirSync(path);
      chmodSync(path, 0);
    }
  } catch {
    // A place below one that is a link or a file by now.
  }
}

/** `volume`: a directory with `file`, for the containers to do with as they like: devices and mount points come to be in it. */
function configure(random: Random, config: TestConfig, volume: string): void {
  config.root.readonly = random.once(2);
  config.process.args = [random.pick(["true", "/bin/true", "/data/a/b", "/etc/passwd", "/proc/self/exe"])];
  config.process.cwd = random.pick(["/", "/job", "/job/new", "/data/a", "/proc/self/fd/3", "/root"]);
  config.mounts = config.mounts.filter(() => random.below(10) > 0);
  const options = ["ro", "nosuid", "rslave", "rshared", "relatime"].filter(() => random.once(3));
  for (let count = random.below(3); count > 0; count--) {
    const destination = `/${random.pick(inner)}${random.pick(["", "", "/new", "/new/deep"])}`;
    if (random.once(2))
      config.mounts.push({ destination, type: "tmpfs", source: "tmpfs", options: [...options, ...(random.below(2) ? ["tmpcopyup"] : [])] });
    else
      config.mounts.push({
        destination,
        type: "bind",
        source: random.pick([volume, join(volume, "file")]),
        options: [random.pick(["bind", "rbind"]), ...options],
      });
  }
  const some = (among: readonly string[]): string[] => among.filter(() => random.once(8)).map((path) => `/${path}`);
  config.linux.maskedPaths = some(places);
  config.linux.readonlyPaths = some(places);
  config.linux.devices = some(inner).map((path) => ({ path: `${path}/node`, type: random.pick(["c", "p"]), major: 1, minor: 3 }));
  if (random.once(3)) config.linux.sysctl = { "kernel.shmmni": "4096" };
  if (random.below(8) > 0) return;
  const maps = [{ containerID: 0, hostID: 100000, size: 65536 }];
  config.linux.namespaces.push({ type: "user" });
  Object.assign(config.linux, { uidMappings: maps, gidMappings: maps });
}

/** Names, kinds, modes, owners and contents. */
function snapshot(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const path = join(directory, name);
      const found = lstatSync(path, { throwIfNoEntry: false });
      // Behind a link that was not there before.
      if (found === undefined) return name;
      const { mode, uid, gid, size, rdev } = found;
      const content =
        (mode & 0o170000) === 0o100000 ? readFileSync(path, "utf8") : (mode & 0o170000) === 0o120000 ? readlinkSync(path) : "";
      return `${name} ${mode.toString(8)} ${uid}:${gid} ${size} ${rdev} ${content}`;
    });
}

test(
  "hostile things in random places of image and configuration",
  { skip: needsContainers() },
  attack("resolve-in-root", async ({ t, scratch, runtime, weak }) => {
    const seed = chosenSeed("TSRUNC_ATTACK_SEED");
    t.diagnostic(`TSRUNC_ATTACK_SEED=${seed}`);
    const random = new Random(seed);
    const outside = scratch.path("outside");
    mkdirSync(join(outside, "sub"), { recursive: true });
    writeFileSync(join(outside, "file"), "of the host");
    execFileSync("mkfifo", [join(outside, "fifo")]);
    const before = snapshot(outside);
    const volume = scratch.path("volume");
    mkdirSync(volume);
    writeFileSync(join(volume, "file"), "of a volume");
    // Where links are followed they must not lead to the host's own directories.
    const targets = links(outside).filter((link) => !weak || link.startsWith(outside));
    let started = 0;
    for (let image = 0; image < (weak ? 400 : IMAGES); image++) {
      // The first shows that a container would run here.
      const harmless = image === 0;
      const bundle = scratch.makeBundle((config) => {
        config.process.args = ["true"];
        if (!harmless) configure(random, config, volume);
      });
      for (const path of places.map((place) => dirname(join(bundle.rootfs, place)))) mkdirSync(path, { recursive: true });
      for (let count = harmless ? 0 : random.below(3); count > 0; count--) spoil(random, join(bundle.rootfs, random.pick(places)), targets);
      const args = ["run", ...(random.once(4) ? ["--no-pivot"] : []), "--bundle", bundle.dir, scratch.id()];
      const { code, stderr, timedOut } = await runtime.run(args, { timeoutMs: 20_000 });
      const what = `seed ${seed}, image ${image}: ${stderr}`;
      if (weak && snapshot(outside).join() !== before.join()) return true;
      if (weak) continue;
      assert.deepEqual(snapshot(outside), before, what);
      assert.equal(timedOut, false, what);
      assert.doesNotMatch(stderr, /internal error|died|TypeError/, what);
      if (code === 0) started++;
      rmSync(bundle.dir, { recursive: true, force: true });
    }
    assert.ok(started > 0, `seed ${seed}: not even the container without anything hostile ran`);
    const { mounts, processes, states } = findLeaks(scratch.marker, [runtime.root]);
    assert.deepEqual({ mounts, processes, states }, { mounts: [], processes: [], states: [] }, `seed ${seed}`);
    return false;
  }),
);
