// Update plans: the order of writes, their ids, who asked, and how they are taken back.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CgroupWrite } from "../../../src/cgroup/writes.js";
import { compileUpdate, undoUpdate } from "../../../src/plan/update.js";

const dir = "/sys/fs/cgroup/x";

function write(name: string, value: string, more: Partial<CgroupWrite> = {}): CgroupWrite {
  return { file: `${dir}/${name}`, value, at: "/linux/resources/x", ...more };
}

function compile(writes: readonly CgroupWrite[], before: Readonly<Record<string, string>> = {}) {
  const files = new Map(Object.entries(before).map(([name, text]) => [`${dir}/${name}`, text]));
  return { plan: compileUpdate({ id: "box", writes, before: files, origin: () => "cli:--x" }), files };
}

function order(...parameters: Parameters<typeof compile>): string[] {
  return compile(...parameters).plan.steps.map(({ id, tolerate, op }) => {
    const value = op.verb === "cgroup.write" ? op.value : op.verb;
    return `${id}=${value}${tolerate === undefined ? "" : ` tolerates ${tolerate.join()}`}`;
  });
}

const memory = (limit: string, swap: string) => [write("memory.limit_in_bytes", limit), write("memory.memsw.limit_in_bytes", swap)];

test("memory grows: the sum with swap first", () => {
  assert.deepEqual(order(memory("200", "300"), { "memory.limit_in_bytes": "100\n" }), [
    "update/memory.memsw.limit_in_bytes=300",
    "update/memory.limit_in_bytes=200",
  ]);
  assert.match(order(memory("200", "-1"), { "memory.limit_in_bytes": "500\n" })[0] ?? "", /memsw/);
});

test("memory shrinks: the sum with swap last", () => {
  const [first] = order(memory("50", "60"), { "memory.limit_in_bytes": "100\n" });
  assert.equal(first, "update/memory.limit_in_bytes=50");
});

test("a period and a burst are tried before the quota and written after it", () => {
  assert.deepEqual(
    order([write("cpu.cfs_period_us", "5"), write("cpu.cfs_quota_us", "9"), write("cpu.cfs_burst_us", "3", { tolerate: [2] })]),
    [
      "update/cpu.cfs_period_us=5 tolerates 22",
      "update/cpu.cfs_burst_us=3 tolerates 2,22",
      "update/cpu.cfs_quota_us=9",
      "update/cpu.cfs_period_us/2=5",
      "update/cpu.cfs_burst_us/2=3 tolerates 2",
    ],
  );
  assert.deepEqual(order([write("cpu.cfs_period_us", "5")]), ["update/cpu.cfs_period_us=5"], "alone it is written once");
});

test("an idle cgroup stops being idle before it gets shares, and becomes idle after", () => {
  assert.deepEqual(order([write("cpu.shares", "5"), write("cpu.idle", "0")]), ["update/cpu.idle=0", "update/cpu.shares=5"]);
  assert.deepEqual(order([write("cpu.shares", "5"), write("cpu.idle", "1")]), ["update/cpu.shares=5", "update/cpu.idle=1"]);
});

test("v2: what can not be emptied again comes last, and goes back to what the empty one came to", () => {
  const writes = [write("cpuset.mems", "0"), write("pids.max", "5")];
  const before = { "cpuset.mems": "\n", "cpuset.mems.effective": "0-1\n", "pids.max": "max\n" };
  assert.deepEqual(order(writes, before), ["update/pids.max=5", "update/cpuset.mems=0"]);
  const { plan, files } = compile(writes, before);
  const [back] = undoUpdate(plan.steps, files);
  assert.deepEqual(back?.op, { verb: "cgroup.write", file: `${dir}/cpuset.mems`, value: "0-1" });
});

test("the way back: last write first, to the values that were there; a file that is not there has none", () => {
  const other = { file: `${dir}/io.weight`, value: "1" };
  const { plan, files } = compile([write("pids.max", "5"), write("io.bfq.weight", "10", { orElse: other }), write("cpu.shares", "7")], {
    "pids.max": "max\n",
    "io.weight": "default 100\n",
    "cpu.shares": "1024\n",
  });
  assert.equal(plan.command, "update");
  assert.ok(plan.steps.every(({ who, at }) => who === "runtime" && at === "cli:--x"));
  const back = undoUpdate(plan.steps, files).map(({ op }) => (op.verb === "cgroup.write" ? [op.file.slice(dir.length + 1), op.value] : []));
  assert.deepEqual(back, [
    ["cpu.shares", "1024"],
    ["io.weight", "100"],
    ["pids.max", "max"],
  ]);
});
