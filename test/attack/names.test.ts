// Names that lead elsewhere, of containers, of cgroups, of files in a cgroup, and what a container can do with the cgroups that it sees.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { attack, installAttacker } from "../support/attack.js";
import { cgroupMounts, cgroupsOf } from "../support/leaks.js";
import { runTarget, runTargetOf } from "../support/exec.js";
import { needsContainers } from "../support/requirements.js";
import { noUnified, onUnified } from "../support/unified.js";
import { Runtime } from "../support/runtime.js";

const skip = needsContainers();

test(
  "the id of a container is a path: a state directory is made, and one is removed, elsewhere",
  { skip },
  attack("container-id", async ({ scratch, runtime }) => {
    mkdirSync(join(runtime.root, "deep"), { recursive: true });
    const deep = new Runtime(runtime.path, join(runtime.root, "deep"));
    const elsewhere = join(runtime.root, `${scratch.marker}-made`);
    // delete removes what it takes for its own.
    const victim = join(runtime.root, "victim");
    mkdirSync(victim);
    writeFileSync(join(victim, "state.json"), "{");
    const { dir } = scratch.makeBundle();
    const create = await deep.create(`../${scratch.marker}-made`, dir);
    const remove = await deep.run(["delete", "--force", "../victim"]);
    const won = existsSync(elsewhere) && !existsSync(victim);
    if (won) await runtime.run(["delete", "--force", `${scratch.marker}-made`]);
    else assert.deepEqual([create.code, remove.code], [1, 1]);
    const names = ["..", ".", "a/b", "/etc", "../x", "a b", "a\nb", "\u00e4", `${"../".repeat(20)}tmp/x`];
    for (const id of won ? [] : names) {
      const { code, stderr } = await deep.run(["create", "--bundle", dir, "--", id]);
      assert.equal(code, 1, id);
      assert.match(stderr, /invalid container ID format/, id);
    }
    return won;
  }),
);

test(
  "cgroupsPath leaves the pod that the engine has put it into, and its limits",
  { skip },
  attack("cgroups-path", async ({ scratch, runtime }) => {
    const bundle = scratch.makeBundle((config) => {
      config.process.args = ["cat", "/proc/self/cgroup"];
      config.linux.cgroupsPath = `/${scratch.marker}/pod/../../${scratch.marker}-other`;
    });
    const { stdout, stderr } = await runtime.run(["run", "--bundle", bundle.dir, scratch.id()]);
    const left = stdout.includes(`/${scratch.marker}-other`);
    assert.ok(left || /cgroupsPath must not contain/.test(stderr), stderr);
    return left;
  }),
);

test(
  "exec --cgroup leads out of the container's cgroup",
  { skip },
  attack("sub-cgroup", async ({ scratch, runtime }) => {
    const target = await runTargetOf(scratch, runtime);
    // A container of another's.
    const other = await runTargetOf(scratch, runtime, { linux: { cgroupsPath: `/${scratch.marker}-other` } });
    const { stdout, stderr } = await target.exec(["--cgroup", `../${scratch.marker}-other`], ["cat", "/proc/self/cgroup"]);
    const left = stdout.includes(`/${scratch.marker}-other`);
    assert.ok(left || /is not a sub cgroup path/.test(stderr), stderr);
    assert.ok(other.processes().length > 0);
    return left;
  }),
);

test(
  "a key of `unified` writes to another cgroup",
  { skip: skip || noUnified() },
  attack("unified-keys", async ({ scratch, runtime }) => {
    const name = `${scratch.marker}-victim`;
    const [mount] = cgroupMounts().filter((path) => existsSync(join(path, "cgroup.procs")) && existsSync(join(path, "cgroup.stat")));
    const victim = join(mount ?? "/sys/fs/cgroup", name);
    mkdirSync(victim);
    const limit = (): string => readFileSync(join(victim, "cgroup.max.depth"), "utf8").trim();
    const bundle = scratch.makeBundle((config) => {
      config.linux.cgroupsPath = `/${scratch.marker}-own`;
      config.linux.resources = { unified: { [`../${name}/cgroup.max.depth`]: "7" } };
    });
    const { stderr } = await new Runtime(onUnified(scratch, runtime.path), runtime.root).run(["run", "--bundle", bundle.dir, scratch.id()]);
    const written = limit() === "7";
    rmdirSync(victim);
    assert.ok(written || /must be a file name \(no slashes\)/.test(stderr), stderr);
    return written;
  }),
);

// CVE-2023-25809: cgroup2 cannot be mounted in a user namespace without a cgroup namespace, and the host's is bound in its place.
test(
  "the host's cgroups can be written to from a user namespace that sees them",
  { skip: skip || noUnified() },
  attack("cgroup-readonly", async ({ scratch, runtime }) => {
    const [mount] = cgroupMounts().filter((path) => existsSync(join(path, "cgroup.procs")) && existsSync(join(path, "cgroup.stat")));
    const users = join(mount ?? "/sys/fs/cgroup", `${scratch.marker}-of-a-user`);
    mkdirSync(users);
    // What a user without root has been given.
    chownSync(users, 100000, 100000);
    const bundle = scratch.makeBundle((config) => {
      const maps = [{ containerID: 0, hostID: 100000, size: 65536 }];
      config.process.args = [
        "sh",
        "-c",
        `ls -d /sys/fs/cgroup/${scratch.marker}-of-a-user && mkdir /sys/fs/cgroup/${scratch.marker}-of-a-user/x`,
      ];
      config.linux.namespaces.push({ type: "user" });
      Object.assign(config.linux, { uidMappings: maps, gidMappings: maps, cgroupsPath: `/${scratch.marker}-own` });
    });
    const { stdout, stderr } = await new Runtime(onUnified(scratch, runtime.path), runtime.root).run([
      "run",
      "--bundle",
      bundle.dir,
      scratch.id(),
    ]);
    const made = existsSync(join(users, "x"));
    if (made) rmdirSync(join(users, "x"));
    rmdirSync(users);
    assert.ok(stdout.includes(scratch.marker), stderr);
    assert.ok(made || /Read-only file system/.test(stderr), stderr);
    return made;
  }),
);

// Where it may make cgroups of its own (a delegated one, say): what goes through them by recursion, or by path, never ends what is in there.
test("cgroups nested deeper than a path is long keep neither ps nor kill nor delete away", { skip: needsContainers("gcc") }, async (t) => {
  const target = await runTarget(t);
  // In one or two hierarchies: those by which processes are found.
  const freezes = (path: string): boolean => ["freezer.state", "cgroup.freeze"].some((file) => existsSync(join(path, file)));
  const [own, attacker] = [cgroupsOf(target.scratch.marker).filter(freezes), target.scratch.path("attacker")];
  installAttacker(attacker);
  assert.ok(own.length > 0);
  for (const path of own) execFileSync(attacker, ["nest", path, "1100"]);
  assert.match((await target.runtime.ok(["ps", target.id])).stdout, /sleep 1000/);
  await target.runtime.ok(["kill", "--all", target.id, "KILL"]);
  await target.runtime.waitFor(target.id, "stopped");
  await target.runtime.ok(["delete", target.id]);
  assert.deepEqual(cgroupsOf(target.scratch.marker), []);
});
