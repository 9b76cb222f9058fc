// Processes inside attack the one that `exec` brings, and what image and engine say of it leads out.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { attack, installAttacker, type Scene } from "../support/attack.js";
import { waitUntil } from "../support/command.js";
import { assertRefused, runTarget, runTargetOf, type Target } from "../support/exec.js";
import { outDirectory, tsruncPath } from "../support/paths.js";
import { needsContainers } from "../support/requirements.js";

const skip = needsContainers("gcc");
const long = process.env["TSRUNC_LONG"] !== undefined;

interface Watched extends Target {
  /** What the attacker has said so far. */
  readonly said: () => string;
}

/** A container in which `attacker VERB` runs. */
async function watched({ t, scratch, runtime }: Scene, verb: string): Promise<Watched> {
  const target = await runTargetOf(scratch, runtime);
  installAttacker(join(target.bundle.rootfs, "attacker"));
  const child = runtime.start(["exec", target.id, "/attacker", verb]);
  t.after(() => child.kill("SIGKILL"));
  let output = "";
  child.stdout?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await waitUntil("the attacker", () => output.includes("\n"));
  return { ...target, said: () => output };
}

const hash = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex");

// CVE-2019-5736. Who may trace processes, in a pid namespace with the runtime's, has their executable in his hands; else it would take a program of
// the image that is /proc/self/exe, and luck.
test(
  "the executable of a waiting init is opened, and written to once it is not busy",
  { skip },
  attack(
    (scratch) => {
      copyFileSync(join(outDirectory, "weak/tsrunc-init"), scratch.path("tsrunc-init"));
      chmodSync(scratch.path("tsrunc-init"), 0o755);
      return `sealed-image=${scratch.path("tsrunc-init")}`;
    },
    async ({ t, scratch, runtime, weak }) => {
      const victims = weak ? [scratch.path("tsrunc-init")] : [tsruncPath, join(outDirectory, "tsrunc-init")].filter(existsSync);
      const before = victims.map(hash);
      const id = scratch.id();
      assert.equal((await runtime.create(id, scratch.makeBundle({ process: { args: ["true"] } }).dir)).code, 0);
      const { pid } = await runtime.state(id);
      const caps = ["CAP_SYS_PTRACE"];
      const attacker = scratch.makeBundle((config) => {
        Object.assign(config.process, {
          args: ["/attacker", "exe", String(pid)],
          capabilities: { bounding: caps, effective: caps, permitted: caps },
        });
        config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) => type !== "pid");
      });
      installAttacker(join(attacker.rootfs, "attacker"));
      const child = runtime.start(["run", "--bundle", attacker.dir, scratch.id()]);
      t.after(() => child.kill("SIGKILL"));
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => (said += chunk.toString()));
      await waitUntil("the attacker has it open", () => said.includes("\n"));
      assert.match(said, /^caught 1\n/);
      await runtime.ok(["start", id]);
      await waitUntil("it has tried", () => /wrote|gave up/.test(said));
      const changed = victims.map(hash).some((now, index) => now !== before[index]);
      assert.equal(changed, said.includes("wrote"));
      return changed;
    },
  ),
);

// CVE-2016-9962.
test(
  "the joining process is ptraced, its memory, links and descriptors are opened",
  { skip },
  attack("undumpable", async (scene) => {
    const target = await watched(scene, "spy");
    // Each can be too quick for the spy; on the weakened build one catch is enough.
    const rounds = scene.weak || long ? 600 : 60;
    const over = (): boolean => (scene.weak ? target.said().includes("got") : target.said().includes(`seen ${long ? 200 : 4}\n`));
    for (let round = 0; round < rounds && !over(); round++) await target.exec([], ["true"]);
    assert.match(target.said(), /seen 1\n/, "the spy has seen processes of ours");
    return target.said().includes("got");
  }),
);

// CVE-2024-21626.
test(
  "the working directory is a descriptor of the host that the engine hands on",
  { skip },
  attack("cwd-proof", async ({ scratch, runtime }) => {
    const target = await runTargetOf(scratch, runtime);
    writeFileSync(scratch.path("secret"), "of the host");
    const options = { stdio: ["ignore", "pipe", "pipe", openSync(scratch.dir, "r")] } as const;
    const { stdout, stderr } = await target.exec(["--preserve-fds", "1", "--cwd", "/proc/self/fd/3"], ["cat", "./secret"], options);
    assert.ok(stdout !== "" || /possible container breakout detected/.test(stderr), stderr);
    return stdout === "of the host";
  }),
);

test("no descriptor of ours is a working directory that leads out", { skip }, async (t) => {
  const target = await runTarget(t);
  for (let fd = 3; fd < 12; fd++) {
    const result = await target.exec(["--cwd", `/proc/self/fd/${fd}`], ["sh", "-c", "pwd; ls -d ../../etc/hostname"]);
    // The one directory that the process has open is the container's own root.
    if (result.code === 255) assertRefused(result, /chdir to cwd .*(no such file or directory|not a directory)/);
    else assert.deepEqual({ code: result.code, stdout: result.stdout }, { code: 1, stdout: "/\n" });
  }
  assert.deepEqual(target.processes(), [target.pid]);
});

test(
  "a descriptor that the engine has left open: its directory is read by the container",
  { skip },
  attack("stray-descriptors", async ({ scratch, runtime }) => {
    writeFileSync(scratch.path("secret"), "of the host");
    const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", "cat /proc/self/fd/100/secret; true"] } });
    // Node makes those up to the first gap close-on-exec: 100 is above it.
    const call = 'exec 100<"$1"; shift; exec "$@"';
    const args = ["-c", call, "bash", scratch.dir, runtime.path, "--root", runtime.root, "run", "--bundle", bundle.dir, scratch.id()];
    return execFileSync("bash", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }) === "of the host";
  }),
);

// CVE-2022-29162, crun CVE-2022-27650, youki CVE-2025-27612: a program with inheritable capabilities in its file would have them.
test(
  "exec --cap: a program of the image takes the capabilities over to a plain user",
  { skip },
  attack("inheritable", async ({ scratch, runtime }) => {
    const target = await runTargetOf(scratch, runtime, { process: { noNewPrivileges: false, user: { uid: 1000, gid: 1000 } } });
    const program = join(target.bundle.rootfs, "caps");
    installAttacker(program);
    execFileSync(program, ["grant", program]);
    const { stdout, stderr } = await target.exec(["--cap", "CAP_NET_RAW"], ["/caps", "caps"]);
    assert.match(stdout, /^CapPrm:\s[0-9a-f]{16}\n/, stderr);
    return BigInt(`0x${stdout.slice(-17).trim()}`) !== 0n;
  }),
);

// CVE-2026-30892, CVE-2016-3697.
test(
  "a user that wraps, or is no number, becomes root",
  { skip },
  attack("wrapped-ids", async (scene) => {
    const target = await runTargetOf(scene.scratch, scene.runtime, { process: { user: { uid: 1000, gid: 1000 } } });
    writeFileSync(join(target.bundle.rootfs, "etc/passwd"), "4294967296:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n1e3:x:0:0::/:/bin/sh\n");
    const wanted = ["4294967296", "-1", "4294967295", "root", "0x0", " 0", "", "1000:4294967296"];
    for (const user of wanted) {
      const { code, stdout, stderr } = await target.exec(["--user", user], ["id"]);
      if (/[ug]id=0\b/.test(stdout)) return true;
      if (user === "") assert.match(stdout, /^uid=1000 gid=1000/);
      else assert.ok(code === 255 && /an id is a number from 0 to 4294967294/.test(stderr), `${user}: ${stdout}${stderr}`);
    }
    return false;
  }),
);

test(
  "the user of config.json is (uid_t) -1, which setresuid(2) takes for no change",
  { skip },
  attack("wrapped-ids", async ({ scratch, runtime }) => {
    const bundle = scratch.makeBundle({ process: { args: ["id"], user: { uid: 4294967295, gid: 1000 } } });
    const { stdout, stderr } = await runtime.run(["run", "--bundle", bundle.dir, scratch.id()]);
    assert.ok(stdout !== "" || /\/process\/user\/uid.*invalid uid 4294967295/.test(stderr), stderr);
    return stdout.startsWith("uid=0");
  }),
);
