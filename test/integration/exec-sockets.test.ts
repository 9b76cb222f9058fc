// Descriptors that exec hands out: the terminal's master, a pidfd of the program.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { waitUntil } from "../support/command.js";
import { assertRefused, runTarget } from "../support/exec.js";
import { listen } from "../support/receiver.js";
import { needsContainers } from "../support/requirements.js";

const skip = needsContainers("python3");
const quiet = { stdio: ["ignore", "ignore", "ignore"] } as const;

test("--console-socket: a terminal of the container's devpts, with its size, and no /dev/console", { skip }, async (t) => {
  const target = await runTarget(t);
  const socket = target.scratch.path("s");
  const file = target.scratch.path("process.json");
  const script = "tty; stty size; ls /dev/console; id -u; test -t 0 && test -t 1 && test -t 2 && echo done";
  const size = { width: 91, height: 17 };
  const user = { uid: 1000, gid: 1000 };
  writeFileSync(
    file,
    JSON.stringify({ args: ["sh", "-c", script], cwd: "/", env: ["PATH=/bin"], terminal: true, consoleSize: size, user }),
  );
  const peer = await listen(t, socket, `while True: sys.stdout.write(os.read(fd, 1000).decode()); sys.stdout.flush()`);
  // As conmon calls it.
  const flags = ["--process", file, "--detach", "--tty", "--console-socket", socket];
  assert.equal((await target.runtime.run(["exec", ...flags, target.id], quiet)).code, 0);
  await waitUntil("output", () => peer.output().includes("done"));
  assert.match(peer.output(), /\/dev\/pts\/0\r?\n17 91\r?\nls: \/dev\/console: No such file or directory\r?\n1000\r?\n/);
  assertRefused(await target.runtime.run(["exec", ...flags, target.id]), /console\/connect \(cli:--console-socket\)/);
  assert.deepEqual(target.processes(), [target.pid]);
});

test("--pidfd-socket: a pidfd of the program, before exec returns; without a listener nothing runs", { skip }, async (t) => {
  const target = await runTarget(t);
  const socket = target.scratch.path("s");
  const pidFile = target.scratch.path("pid");
  const show = `print(data.decode(), [line for line in open("/proc/self/fdinfo/%d" % fd) if line.startswith("Pid:")][0].split()[1], "end", flush=True)`;
  const peer = await listen(t, socket, show);
  const flags = ["--detach", "--pidfd-socket", socket, "--pid-file", pidFile];
  assert.equal((await target.exec(flags, ["sleep", "1000"], quiet)).code, 0);
  await waitUntil("the pid", () => peer.output().includes("end"));
  assert.ok(peer.output().includes(`pidfd ${readFileSync(pidFile, "utf8")} end`), peer.output());
  const before = target.processes();
  assertRefused(
    await target.exec(["--pidfd-socket", target.scratch.path("none")], ["sleep", "1000"]),
    /pidfd\/send \(cli:--pidfd-socket\)/,
  );
  assert.deepEqual(target.processes(), before);
});
