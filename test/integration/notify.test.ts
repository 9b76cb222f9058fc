// NOTIFY_SOCKET: what the program says with sd_notify(3) reaches whoever waits, with the pid that he has to watch.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test, type TestContext } from "node:test";
import { plainEnvironment, waitUntil } from "../support/command.js";
import { needsContainers } from "../support/requirements.js";
import { Scratch } from "../support/scratch.js";

const skip = needsContainers("python3");

/** systemd's side: prints every datagram as one line, and closes what comes with a barrier after a moment. */
const manager = `
import array, os, socket, sys, time
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
name = sys.argv[1]
server.bind("\\0" + name[1:] if name[0] == "@" else name)
print("listening", flush=True)
while True:
    data, ancillary, flags, _ = server.recvmsg(4096, socket.CMSG_SPACE(64))
    fds = array.array("i")
    for level, kind, payload in ancillary: fds.frombytes(payload[:len(payload) - len(payload) % 4])
    if fds: time.sleep(0.2)
    print(repr(data.decode()), len(fds), flush=True)
    for fd in fds: os.close(fd)
`;

/** The program's: no busybox applet sends datagrams, so a static one is compiled. */
const program = `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
int main(int argc, char **argv) {
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path || strlen(path) >= sizeof address.sun_path) return 9;
  strcpy(address.sun_path, path);
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  for (int i = 1; i < argc; i++) {
    if (sendto(fd, argv[i], strlen(argv[i]), 0, (struct sockaddr *)&address, sizeof address) < 0) { perror(path); return 1; }
  }
  FILE *made = fopen("/run/notify/file", "w");
  if (made) return 8;
  sleep(argc > 3 ? 1000 : 1);
  return 0;
}
`;

async function listen(t: TestContext, name: string): Promise<() => string[]> {
  const child = spawn("python3", ["-c", manager, name], { stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  let text = "";
  child.stdout?.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await waitUntil("the manager listens", () => text.includes("listening"));
  return () => text.trimEnd().split("\n").slice(1);
}

async function prepare(t: TestContext, messages: readonly string[]) {
  const { execFileSync } = await import("node:child_process");
  const { writeFileSync } = await import("node:fs");
  const { join } = await import("node:path");
  const scratch = new Scratch(t);
  const bundle = scratch.makeBundle((config) => {
    config.process.args = ["/notify", ...messages];
    config.process.user = { uid: 1000, gid: 1000 };
    config.process.env.push("NOTIFY_SOCKET=/not/this");
    config.root.readonly = false;
  });
  writeFileSync(scratch.path("notify.c"), program);
  execFileSync("gcc", ["-O1", "-static", "-o", join(bundle.rootfs, "notify"), scratch.path("notify.c")]);
  return { scratch, bundle, runtime: scratch.runtime(), id: scratch.id() };
}

test("start returns after READY, with MAINPID and a barrier", { skip: skip || needsContainers("gcc") }, async (t) => {
  const { scratch, bundle, runtime, id } = await prepare(t, [
    "STATUS=warming up\nMAINPID=7\nNOTIFYACCESS=all",
    "READY=1\nFDNAME=x",
    "STATUS=later",
  ]);
  const env = { ...plainEnvironment, NOTIFY_SOCKET: scratch.path("host") };
  const lines = await listen(t, env.NOTIFY_SOCKET);
  const created = await runtime.run(["create", "--bundle", bundle.dir, id], { stdio: ["ignore", "ignore", "ignore"], env });
  assert.equal(created.code, 0);
  const { pid } = await runtime.state(id);
  const { code, stderr } = await runtime.run(["start", id], { env });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.deepEqual(lines(), [`'STATUS=warming up\\n' 0`, `'READY=1\\n' 0`, `'MAINPID=${pid}\\n' 0`, "'BARRIER=1' 1"]);
  await runtime.ok(["delete", "--force", id]);
  assert.deepEqual(runtime.ids(), []);
});

test(
  "run --detach tells an abstract socket too; the end of the container ends the wait",
  { skip: skip || needsContainers("gcc") },
  async (t) => {
    const { scratch, bundle, runtime, id } = await prepare(t, ["READY=1"]);
    const env = { ...plainEnvironment, NOTIFY_SOCKET: `@${scratch.marker}` };
    const lines = await listen(t, env.NOTIFY_SOCKET);
    const run = (name: string) =>
      runtime.run(["run", "--detach", "--bundle", bundle.dir, name], { stdio: ["ignore", "ignore", "ignore"], env });
    assert.equal((await run(id)).code, 0);
    assert.equal(lines()[0], `'READY=1\\n' 0`);
    bundle.config.process.args = ["true"];
    bundle.save();
    assert.equal((await run(scratch.id())).code, 0);
    assert.equal(lines().length, 3);
  },
);

test("run in the foreground keeps relaying", { skip: skip || needsContainers("gcc") }, async (t) => {
  const { scratch, bundle, runtime, id } = await prepare(t, ["READY=1", "STATUS=more\nMAINPID=1"]);
  const env = { ...plainEnvironment, NOTIFY_SOCKET: scratch.path("host") };
  const lines = await listen(t, env.NOTIFY_SOCKET);
  const { code, stderr } = await runtime.run(["run", "--bundle", bundle.dir, id], { env });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  assert.deepEqual(lines(), [`'READY=1\\n' 0`, `'STATUS=more\\n' 0`]);
  assert.deepEqual(runtime.ids(), []);
});

test("without NOTIFY_SOCKET there is nothing; nobody at its other end is an error", { skip }, async (t) => {
  const scratch = new Scratch(t);
  const runtime = scratch.runtime();
  const bundle = scratch.makeBundle({ process: { args: ["sh", "-c", 'ls -d /run/notify; echo "<$NOTIFY_SOCKET>"'] } });
  assert.equal((await runtime.run(["run", "--bundle", bundle.dir, scratch.id()])).stdout, "<>\n");
  bundle.config.root.readonly = false;
  bundle.save();
  const env = { ...plainEnvironment, NOTIFY_SOCKET: scratch.path("nobody") };
  const { code, stderr } = await runtime.run(["run", "--bundle", bundle.dir, scratch.id()], { env });
  assert.equal(code, 1);
  assert.match(stderr, /connect\(.*nobody/);
  assert.deepEqual(runtime.ids(), []);
});
