// Descriptors that come and go over create: the terminal's master, init's pidfd, LISTEN_FDS.
import assert from "node:assert/strict";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { runCommand, waitUntil } from "../support/command.js";
import { assertNothingLeft } from "../support/leaks.js";
import { tsruncPath } from "../support/paths.js";
import { listen } from "../support/receiver.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers("python3");

test("--console-socket gets the master, at a path longer than sun_path, and the program the terminal", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const directory = scratch.path("d".repeat(120));
  mkdirSync(directory);
  const socket = join(directory, "s");
  const script = "tty; stty size; echo done; sleep 1000";
  const bundle = scratch.makeBundle({ process: { terminal: true, consoleSize: { width: 91, height: 17 }, args: ["sh", "-c", script] } });
  const peer = await listen(t, socket, `while True: sys.stdout.write(os.read(fd, 1000).decode()); sys.stdout.flush()`);
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir, ["--console-socket", socket])).code, 0);
  await runtime.ok(["start", id]);
  await waitUntil("output", () => peer.output().includes("done"));
  assert.match(peer.output(), /\/dev\/pts\/0\r?\n17 91\r?\n/);
  await runtime.ok(["delete", "--force", id]);
});

test("--pidfd-socket gets a pidfd of init", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sleep", "1000"] } });
  const show = `print([line for line in open("/proc/self/fdinfo/%d" % fd) if line.startswith("Pid:")][0].split()[1], "end", flush=True)`;
  const peer = await listen(t, scratch.path("s"), show);
  const id = scratch.id();
  assert.equal((await runtime.create(id, bundle.dir, ["--pidfd-socket", scratch.path("s")])).code, 0);
  await waitUntil("the pid", () => peer.output().includes("end"));
  assert.ok(peer.output().includes(`\n${(await runtime.state(id)).pid} end`), peer.output());
  await runtime.ok(["delete", "--force", id]);
  const nobody = await runtime.run(["create", "--bundle", bundle.dir, "--pidfd-socket", scratch.path("none"), scratch.id()]);
  assert.equal(nobody.code, 1);
  await assertNothingLeft(scratch.marker, [runtime.root]);
});

test("LISTEN_FDS is passed on when LISTEN_PID is ours, with the names inside; else not", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const file = scratch.path("socket");
  await runCommand("sh", ["-c", `echo activated > ${file}`]);
  const script = 'echo "$LISTEN_FDS $LISTEN_PID"; cat <&3 2>/dev/null || echo closed';
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", script] } });
  const root = scratch.path("state");
  const run = async (pid: string) => {
    const command = `export LISTEN_FDS=1 LISTEN_PID=${pid}; exec ${tsruncPath} --root ${root} run --bundle ${bundle.dir} ${scratch.id()}`;
    return runCommand("sh", ["-c", command], { stdio: ["ignore", "pipe", "pipe", openSync(file, "r")] });
  };
  assert.equal((await run("$$")).stdout, "1 1\nactivated\n");
  assert.equal((await run("1")).stdout.split("\n")[0], " ");
  assert.match((await run("1")).stdout, /closed/);
  assert.equal(readFileSync(file, "utf8"), "activated\n");
});
