// A state directory that somebody else can write to: what is found in it decides what is run, killed, written and removed.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { attack, installAttacker, type Scene } from "../support/attack.js";
import { sleep } from "../support/command.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers();
const nobody = 65534;

interface Victim {
  readonly id: string;
  readonly file: (name: string) => string;
  /** state.json, with what the attacker makes of it. */
  readonly forge: (change: (state: Record<string, unknown>) => void) => void;
}

/** A container that has ended. */
async function stopped({ scratch, runtime }: Scene): Promise<Victim> {
  const bundle = scratch.makeBundle({ process: { args: ["true"] } });
  const id = scratch.id();
  assert.equal((await runtime.run(["run", "--detach", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"] })).code, 0);
  await runtime.waitFor(id, "stopped");
  const file = (name: string): string => join(runtime.root, id, name);
  const forge: Victim["forge"] = (change) => {
    const state = JSON.parse(readFileSync(file("state.json"), "utf8")) as Record<string, unknown>;
    change(state);
    writeFileSync(file("state.json"), JSON.stringify(state));
  };
  return { id, file, forge };
}

const withHook = (path: string) => (state: Record<string, unknown>) => {
  const summary = state["summary"] as Record<string, unknown>;
  summary["hooks"] = { poststop: [{ path: "/bin/touch", args: ["touch", path] }] };
};

for (const [name, spoil] of Object.entries<(file: string, theirs: string) => void>({
  "belongs to another user": (file) => chownSync(file, nobody, nobody),
  "can be written by a group": (file) => chmodSync(file, 0o660),
  "is a symlink": (file, theirs) => {
    renameSync(file, theirs);
    symlinkSync(theirs, file);
  },
})) {
  test(
    `a state.json that ${name} has a hook run as root`,
    { skip },
    attack("state-files", async (scene) => {
      const victim = await stopped(scene);
      const owned = scene.scratch.path("owned");
      victim.forge(withHook(owned));
      spoil(victim.file("state.json"), scene.scratch.path("theirs"));
      for (const command of ["state", "delete"]) {
        const { code, stderr } = await scene.runtime.run([command, victim.id]);
        if (scene.weak) continue;
        assert.equal(code, 1, command);
        assert.match(stderr, /state\.json(: belongs to user 65534, not to user 0|: others may write to it|: not a regular file)/);
      }
      return existsSync(owned);
    }),
  );
}

test(
  "a state.json that names a process of the host has it killed",
  { skip },
  attack("state-files", async (scene) => {
    const victim = await stopped(scene);
    const bystander = spawn("sleep", ["100"], { stdio: "ignore" });
    scene.t.after(() => bystander.kill("SIGKILL"));
    const ended = new Promise<void>((resolve) => bystander.on("exit", () => resolve()));
    const stat = readFileSync(`/proc/${bystander.pid}/stat`, "utf8");
    victim.forge((state) => {
      state["pid"] = bystander.pid;
      state["startTime"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    });
    chownSync(victim.file("state.json"), nobody, nobody);
    await scene.runtime.run(["kill", victim.id, "KILL"]);
    await scene.runtime.run(["delete", "--force", victim.id]);
    // Its end comes to us a moment later.
    await Promise.race([ended, sleep(scene.weak ? 10_000 : 200)]);
    return bystander.signalCode === "SIGKILL";
  }),
);

test(
  "an update.json has a file of the host written, a journal.json a directory removed",
  { skip },
  attack("state-files", async (scene) => {
    const victim = await stopped(scene);
    const directory = scene.scratch.path("empty");
    mkdirSync(directory);
    const undo = [{ id: "cgroup/create/x", op: { verb: "cgroup.remove", version: 2, dir: directory } }];
    writeFileSync(victim.file("journal.json"), JSON.stringify({ version: 1, id: victim.id, undo }));
    writeFileSync(victim.file("effects"), "cgroup/create/x\n");
    for (const name of ["journal.json", "effects"]) chownSync(victim.file(name), nobody, nobody);
    const { code, stderr } = await scene.runtime.run(["delete", victim.id]);
    const removed = !existsSync(directory);
    assert.ok(removed || (code === 1 && /journal\.json: belongs to user 65534/.test(stderr)), stderr);
    rmSync(victim.file("journal.json"), { force: true });
    rmSync(victim.file("effects"), { force: true });
    return removed;
  }),
);

test(
  "a fifo in the place of state.json stops every command",
  { skip },
  attack("state-files", async (scene) => {
    const victim = await stopped(scene);
    rmSync(victim.file("state.json"));
    execFileSync("mkfifo", [victim.file("state.json")]);
    const { timedOut, stderr } = await scene.runtime.run(["state", victim.id], { timeoutMs: scene.weak ? 1500 : 60_000 });
    assert.ok(timedOut || /not a regular file/.test(stderr), stderr);
    rmSync(victim.file("state.json"));
    return timedOut;
  }),
);

test(
  "a pid file that was a device is a link by the time it is written: another file is emptied",
  { skip: needsContainers("gcc") },
  attack("pid-file", async ({ scratch, runtime, t, weak }) => {
    const [device, link, victim] = [scratch.path("device"), scratch.path("link"), scratch.path("victim")];
    writeFileSync(victim, "of another");
    installAttacker(scratch.path("attacker"));
    const swapper = spawn(scratch.path("attacker"), ["swap", device, link], { stdio: "ignore" });
    t.after(() => swapper.kill("SIGKILL"));
    const bundle = scratch.makeBundle({ process: { args: ["true"] } });
    for (let round = 0; round < (weak ? 200 : 6); round++) {
      // Where the runtime has found the link, it has put its file in its place.
      for (const path of [device, link]) rmSync(path, { force: true });
      execFileSync("mknod", [device, "c", "1", "3"]);
      symlinkSync(victim, link);
      await runtime.run(["run", "--pid-file", device, "--bundle", bundle.dir, scratch.id()]);
      if (readFileSync(victim, "utf8") !== "of another") return true;
    }
    return false;
  }),
);

test("an entry that is a symlink to another directory is no container, and is not followed", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const elsewhere = scratch.path("elsewhere");
  mkdirSync(elsewhere);
  mkdirSync(runtime.root);
  writeFileSync(join(elsewhere, "state.json"), "{}");
  symlinkSync(elsewhere, join(runtime.root, "x"));
  for (const command of [["delete"], ["delete", "--force"]])
    assert.equal((await runtime.run([...command, "x"])).code, command.length === 1 ? 1 : 0);
  assert.ok(existsSync(join(elsewhere, "state.json")));
});
