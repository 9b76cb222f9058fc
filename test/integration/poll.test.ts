// Native.poll and Native.eventfd, on real descriptors and a real cgroup.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { loadNative } from "../../src/host/node/native.js";
import { startCommand, waitUntil } from "../support/command.js";
import { needs } from "../support/requirements.js";

const launch = { nofile: { soft: 1024n, hard: 1024n }, inheritedFds: [], ignored: [], blocked: [], umask: 0o22, argv0: "test" };
const skip = needs("root", "tsrunc");
const native = skip === false ? loadNative(launch).native : undefined!;
const unified = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"].find(
  (dir) => existsSync(`${dir}/cgroup.procs`) && existsSync(`${dir}/cgroup.stat`),
);

test("what can be read is reported, what is silent waits for the time to be over", { skip }, () => {
  const [reader, writer] = native.pipe();
  assert.deepEqual(native.poll([reader], [], 0), []);
  const before = native.monotonicNs();
  assert.deepEqual(native.poll([reader], [], 30), []);
  assert.ok(native.monotonicNs() - before >= 29_000_000n);
  native.write(writer, "x");
  assert.deepEqual(native.poll([reader], [], -1), [reader]);
  native.read(reader, 1);
  native.close(writer);
  assert.deepEqual(native.poll([reader], [], -1), [reader], "the other end is gone");
  native.close(reader);
});

test("an eventfd counts", { skip }, () => {
  const event = native.eventfd();
  assert.deepEqual(native.poll([event], [], 0), []);
  const one = new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]);
  native.write(event, one);
  native.write(event, one);
  assert.deepEqual(native.poll([event], [], 0), [event]);
  assert.deepEqual([...native.read(event, 8)], [2, 0, 0, 0, 0, 0, 0, 0]);
  assert.deepEqual(native.poll([event], [], 0), []);
  native.close(event);
});

test("a pidfd is readable once the process has ended", { skip }, async () => {
  const child = startCommand("sleep", ["1000"]);
  const pidfd = native.pidfdOpen(child.pid ?? 0);
  assert.deepEqual(native.poll([pidfd], [], 0), []);
  child.kill("SIGKILL");
  assert.deepEqual(native.poll([pidfd], [], 10_000), [pidfd]);
  native.close(pidfd);
});

test(
  "a cgroup file tells of its change, once read",
  { skip: skip || (unified === undefined && "needs a cgroup v2 hierarchy") },
  async (t) => {
    const dir = `${unified}/tsrunc-test-poll-${process.pid}`;
    mkdirSync(dir);
    t.after(() => rmdirSync(dir));
    const child = startCommand("sleep", ["1000"]);
    t.after(() => void child.kill("SIGKILL"));
    const events = native.open(`${dir}/cgroup.events`, ["read"], 0);
    assert.match(new TextDecoder().decode(native.read(events, 4096)), /^populated 0$/m);
    assert.deepEqual(native.poll([], [events], 20), []);
    writeFileSync(`${dir}/cgroup.procs`, String(child.pid));
    assert.deepEqual(native.poll([], [events], 10_000), [events]);
    native.close(events);
    child.kill("SIGKILL");
    await waitUntil("it is empty", () => readFileSync(`${dir}/cgroup.events`, "utf8").includes("populated 0"));
  },
);

test("a descriptor that is none is an error", { skip }, () => {
  assert.throws(() => native.poll(["x" as unknown as number], [], 0));
});
