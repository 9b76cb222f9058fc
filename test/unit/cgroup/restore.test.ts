// What is written back to a file that prints more than it takes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { restoringValues } from "../../../src/cgroup/restore.js";

for (const [file, written, before, expected] of [
  ["memory.limit_in_bytes", "100", "9223372036854771712\n", ["9223372036854771712"]],
  ["cpu.max", "max 100000", "20000 50000\n", ["20000 50000"]],
  ["cpuset.cpus", "0", "\n", ["\n"]],
  ["memory.oom_control", "1", "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n", ["0"]],
  ["blkio.throttle.read_bps_device", "8:0 5", "8:0 1048576\n8:16 7\n", ["8:0 1048576"]],
  ["blkio.throttle.read_bps_device", "8:1 5", "8:16 7\n", ["8:1 0"]],
  ["io.max", "8:0 rbps=5", "8:0 rbps=max wbps=7 riops=max wiops=max\n", ["8:0 rbps=max wbps=7 riops=max wiops=max"]],
  ["io.max", "8:0 rbps=5", "", ["8:0 rbps=max wbps=max riops=max wiops=max"]],
  ["io.weight", "300", "default 100\n8:0 200\n", ["100"]],
  ["io.weight", "8:0 300", "default 100\n8:0 200\n", ["8:0 200"]],
  ["io.bfq.weight", "8:0 300", "default 100\n", ["8:0 default"]],
  ["blkio.bfq.weight", "300", "100\n", ["100"]],
  ["net_prio.ifpriomap", "eth0 5", "lo 0\neth0 1\n", ["eth0 1"]],
  ["misc.max", "a 1", "a max\nb 2\n", ["a max", "b 2"]],
] as const) {
  test(`${file} after "${written}" on ${JSON.stringify(before)}`, () => {
    assert.deepEqual(restoringValues(`/sys/fs/cgroup/x/${file}`, written, before), expected);
  });
}

test("an empty cpuset of v2 gets what it came to: with processes in it, it can not become empty again", () => {
  assert.deepEqual(restoringValues("/sys/fs/cgroup/x/cpuset.cpus", "0", "\n", "0-1\n"), ["0-1"]);
  assert.deepEqual(restoringValues("/sys/fs/cgroup/x/cpuset.cpus", "0", "1\n", "1\n"), ["1"]);
});
