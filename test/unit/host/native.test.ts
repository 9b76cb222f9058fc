// The natives against the real kernel, through the binding.
import assert from "node:assert/strict";
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { type TestContext, test } from "node:test";
import { host } from "tsrunc:host";
import { SysError } from "../../../src/errors/errors.js";
import { needs } from "../../support/requirements.js";
import { wrongArguments } from "../../support/wrong-arguments.js";

const { native } = host;
const skip = needs("tsrunc");

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), "tsrunc-test-"));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function fails(work: () => unknown, code: string, call: RegExp): void {
  assert.throws(work, (error) => {
    assert.ok(error instanceof SysError, String(error));
    assert.equal(error.code, code);
    assert.match(error.call, call);
    return true;
  });
}

const openFds = (): string[] => readdirSync("/proc/self/fd").filter((fd) => Number(fd) > 2);

test("a failed call says how it was made and on what", { skip }, () => {
  fails(
    () => native.open("/nowhere/x", ["write", "create", "excl"], 0o600),
    "ENOENT",
    /^open\("\/nowhere\/x", O_WRONLY\|O_CREAT\|O_EXCL\)$/,
  );
  fails(() => native.mkdir("/proc/x/y", 0o755), "ENOENT", /^mkdir\("\/proc\/x\/y", 0755\)$/);
  fails(() => native.writeText("/proc/self/oom_score_adj", "5000\n"), "EINVAL", /^write\("\/proc\/self\/oom_score_adj", "5000"\)$/);
  fails(() => native.open("/", ["nonsense" as "read"], 0), "EINVAL", /nonsense/);
});

test("arguments of the wrong kind are refused before any call", { skip }, () => {
  const loose = native as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const [name, ...args] of wrongArguments()) {
    assert.throws(() => loose[name]?.(...args), TypeError, `${name}(${inspect(args)})`);
  }
});

test("files: written, read, described, renamed, removed", { skip }, (t) => {
  const directory = scratch(t);
  const file = join(directory, "file");
  const fd = native.open(file, ["write", "create", "excl"], 0o640);
  native.write(fd, "tö\0x");
  native.write(fd, new Uint8Array([0, 255]));
  native.fsync(fd);
  native.close(fd);
  assert.deepEqual(native.readFile(file), new Uint8Array([...Buffer.from("tö\0x"), 0, 255]));
  const { type, mode, size, ino, uid } = native.stat(file);
  const expected = statSync(file);
  assert.deepEqual(
    { type, mode, size, ino, uid },
    { type: "file", mode: expected.mode & 0o7777, size: 7, ino: expected.ino, uid: expected.uid },
  );
  native.writeText(file, "short");
  assert.equal(native.readText(file), "short");
  symlinkSync("file", join(directory, "link"));
  assert.equal(native.readlink(join(directory, "link")), "file");
  assert.equal(native.lstat(join(directory, "link")).type, "link");
  assert.equal(native.realpath(join(directory, "link")), native.realpath(file));
  native.rename(file, join(directory, "a"));
  native.mkdir(join(directory, "Z"), 0o700);
  assert.deepEqual(native.readdir(directory), ["Z", "a", "link"]);
  native.rmdir(join(directory, "Z"));
  native.unlink(join(directory, "a"));
  assert.deepEqual(native.readdir(directory), ["link"]);
});

test("files of any size up to the bound, and procfs whose size says 0", { skip }, (t) => {
  const directory = scratch(t);
  for (const size of [0, 1, 4095, 4096, 4097, 300_000]) {
    writeFileSync(join(directory, "f"), Buffer.alloc(size, "x"));
    assert.equal(native.readFile(join(directory, "f")).length, size);
  }
  assert.match(native.readText("/proc/self/status"), /^Name:/);
  assert.match(native.readTextIfThere("/proc/self/status") ?? "", /^Name:/);
  assert.equal(native.readTextIfThere("/proc/0/stat"), null);
  assert.equal(native.readTextIfThere("/proc/self/status/x"), null);
  assert.throws(() => native.readTextIfThere("/proc"), { code: "EISDIR" });
  fails(() => native.readFile("/dev/zero"), "EFBIG", /read\("\/dev\/zero"\)/);
});

test("a lock is taken, refused, released", { skip }, (t) => {
  const file = join(scratch(t), "lock");
  const first = native.open(file, ["write", "create"], 0o600);
  const second = native.open(file, ["write"], 0);
  native.flock(first, true);
  fails(() => native.flock(second, false), "EAGAIN", /LOCK_EX\|LOCK_NB/);
  native.close(first);
  native.flock(second, false);
  native.close(second);
});

test("sealed memory cannot be changed, and starts at its beginning", { skip }, () => {
  const fd = native.memfd("tsrunc-test", new Uint8Array([1, 2, 3]));
  fails(() => native.write(fd, "x"), "EPERM", /^write/);
  assert.deepEqual(native.read(fd, 10), new Uint8Array([1, 2, 3]));
  assert.equal(native.read(fd, 10).length, 0);
  native.close(fd);
});

test("messages carry bytes and descriptors, within bounds", { skip }, () => {
  const before = openFds();
  const [ours, theirs] = native.socketpair();
  const [readEnd, writeEnd] = native.pipe();
  native.send(ours, [new Uint8Array([7]), new Uint8Array([8, 9])], [writeEnd]);
  const message = native.receive(theirs, 1000);
  assert.deepEqual(message?.data, new Uint8Array([7, 8, 9]));
  const [received = -1] = message?.fds ?? [];
  native.write(received, "through");
  assert.equal(new TextDecoder().decode(native.read(readEnd, 100)), "through");
  fails(() => native.receive(theirs, 20), "ETIMEDOUT", /within 20 ms/);
  fails(() => native.send(ours, [new Uint8Array(1024), new Uint8Array(64 * 1024)], []), "EMSGSIZE", /sendmsg/);
  fails(() => native.send(ours, [new Uint8Array(1)], new Array<number>(17).fill(readEnd)), "EMSGSIZE", /17 descriptors/);
  native.close(ours);
  assert.equal(native.receive(theirs, -1), null);
  fails(() => native.send(theirs, [new Uint8Array(1)], []), "EPIPE", /sendmsg/);
  for (const fd of [theirs, readEnd, writeEnd, received]) native.close(fd);
  assert.deepEqual(openFds(), before);
});

test("a socket at a path longer than sun_path has the mode that was asked for, whatever the umask", { skip }, (t) => {
  const directory = join(scratch(t), "d".repeat(120));
  mkdirSync(directory);
  for (const path of [join(directory, "gate.sock"), join(scratch(t), "s")]) {
    const listener = native.listenUnix(path, 0o666);
    assert.equal(lstatSync(path).mode & 0o7777, 0o666);
    assert.ok(lstatSync(path).isSocket());
    native.close(native.connectUnix(path));
    fails(() => native.listenUnix(path, 0o600), "EADDRINUSE", /bind/);
    native.close(listener);
    fails(() => native.connectUnix(path), "ECONNREFUSED", /connect/);
  }
});

test("namespaces, names, time", { skip }, () => {
  const fd = native.open("/proc/self/ns/uts", ["read"], 0);
  assert.equal(native.nsType(fd), 0x04000000);
  native.close(fd);
  const none = native.open("/dev/null", ["read"], 0);
  fails(() => native.nsType(none), "ENOTTY", /NS_GET_NSTYPE/);
  native.close(none);
  assert.equal(native.username(0), "root");
  assert.equal(native.username(4_000_000_000), null);
  const begin = native.monotonicNs();
  native.sleepMs(20);
  const gone = native.monotonicNs() - begin;
  assert.ok(gone >= 20_000_000n && gone < 2_000_000_000n, `${gone} ns`);
  assert.ok(Math.abs(native.now() - Date.now()) < 1000);
});

test("a hook gets its stdin, environment and arguments, and what it says is captured", { skip }, () => {
  const before = openFds();
  const result = native.runHook({
    path: "/bin/sh",
    args: ["hook-name", "-c", 'cat; echo "$0 $A" >&2; env | grep -c . ; ls /proc/self/fd | wc -l; exit 3', "zero"],
    env: ["A=b c", "PATH=/bin:/usr/bin"],
    stdin: '{"pid":1}\n',
    timeoutMs: 5000,
  });
  assert.equal(result.exitCode, 3);
  assert.equal(result.timedOut, false);
  assert.equal(result.stderr, "zero b c\n");
  // 0, 1, 2 and the directory that ls itself reads: nothing of ours.
  assert.match(result.stdout, /^\{"pid":1\}\n\d+\n4\n$/);
  assert.deepEqual(openFds(), before);
});

const hook = (script: string, timeoutMs = 0, stdin = "") =>
  native.runHook({ path: "/bin/sh", args: ["sh", "-c", script], env: ["PATH=/bin:/usr/bin"], stdin, timeoutMs });

test("a hook that does not read, dies, or talks too much", { skip }, () => {
  assert.equal(hook("exit 0", 0, "x".repeat(1 << 20)).exitCode, 0);
  const killed = hook("kill -9 $$");
  assert.deepEqual({ exitCode: killed.exitCode, signal: killed.signal }, { exitCode: 137, signal: 9 });
  const loud = hook("head -c 1000000 /dev/zero | tr '\\0' y; echo end >&2");
  assert.equal(loud.stdout, "y".repeat(64 * 1024));
  assert.equal(loud.stderr, "end\n");
});

test("after its timeout the whole group of a hook is killed; without one a grandchild does not hold us up", { skip }, () => {
  const begin = native.now();
  const late = hook("sleep 30 & echo $!; yes", 200);
  assert.deepEqual({ timedOut: late.timedOut, signal: late.signal }, { timedOut: true, signal: 9 });
  const [pid = ""] = late.stdout.split("\n");
  native.sleepMs(50);
  const gone = ((): boolean => {
    try {
      return /^State:\s+[ZX]/m.test(native.readText(`/proc/${pid}/status`));
    } catch {
      return true;
    }
  })();
  assert.ok(gone, `the hook's child ${pid} lives`);
  assert.equal(hook("sleep 2 & echo started").stdout, "started\n");
  assert.ok(native.now() - begin < 1900);
});

test("a hook that cannot be started", { skip }, (t) => {
  const file = join(scratch(t), "hook");
  writeFileSync(file, "");
  const run = (path: string) => () => native.runHook({ path, args: [], env: [], stdin: "", timeoutMs: 0 });
  fails(run("/nowhere/hook"), "ENOENT", /^execve\("\/nowhere\/hook"\)$/);
  fails(run(file), "EACCES", /^execve/);
  chmodSync(file, 0o755);
  fails(run(file), "ENOEXEC", /^execve/);
  fails(() => native.runHelper("newuidmap", ["newuidmap"]), "EINVAL", /not an absolute path/);
});

test("tsrunc-init runs from sealed memory and goes when we do", { skip }, () => {
  const before = openFds();
  const child = native.spawnInit({ stdio: [0, 1, 2], preserve: [], launch: host.launch });
  // It executes beside us.
  while (!native.readlink(`/proc/${child.pid}/exe`).startsWith("/memfd:tsrunc-init")) native.sleepMs(1);
  fails(() => native.open(`/proc/${child.pid}/exe`, ["write"], 0), "ETXTBSY", /^open/);
  assert.equal(native.waitpid(child.pid, false), null);
  native.close(child.control);
  const status = native.waitpid(child.pid, true);
  assert.equal(status?.pid, child.pid);
  fails(() => native.pidfdSend(child.pidfd, 9), "ESRCH", /pidfd_send_signal/);
  native.close(child.pidfd);
  fails(() => native.waitpid(child.pid, true), "ECHILD", /waitpid/);
  assert.deepEqual(openFds(), before);
});

test("a descriptor that is not open is an error of the spawn, and no child stays", { skip }, () => {
  // The child fails while spawnInit is still there, or after it: then its socket ends.
  const spawn = (): void => {
    const child = native.spawnInit({ stdio: [0, 1, 999], preserve: [], launch: host.launch });
    assert.equal(native.receive(child.control, 5000), null);
    native.close(child.control);
    native.close(child.pidfd);
    native.waitpid(child.pid, true);
    native.checkSpawn();
  };
  fails(spawn, "EBADF", /dup[23]/);
  fails(() => native.waitpid(-1, false), "ECHILD", /waitpid/);
});
