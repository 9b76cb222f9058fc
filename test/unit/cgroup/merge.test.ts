// Partial updates: what stays, what is replaced, what is written.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changedResources, mergeResources } from "../../../src/cgroup/merge.js";

const saved = {
  memory: { limit: 100, swap: 200, reservation: 50, swappiness: 7 },
  cpu: { shares: 512, quota: 20000, period: 50000, cpus: "0-1", burst: 10 },
  pids: { limit: 17 },
  devices: [{ allow: false, access: "rwm" }],
};

test("0 and absent leave what is there", () => {
  const docker = {
    memory: { limit: 0, reservation: 0, swap: 0 },
    cpu: { shares: 0, quota: 0, period: 0, cpus: "" },
    blockIO: { weight: 0 },
  };
  assert.deepEqual(mergeResources(saved, docker), saved);
  assert.deepEqual(changedResources(docker, saved, 1), {
    memory: {},
    cpu: {},
    pids: undefined,
    blockIO: { weight: 0 },
    hugepageLimits: undefined,
    network: undefined,
    rdma: undefined,
    unified: undefined,
  });
});

test("where 0 means something it is written: burst, idle, the limit of processes", () => {
  const update = { cpu: { burst: 0, idle: 0 }, pids: { limit: 0 } };
  assert.deepEqual(mergeResources(saved, update).cpu, { ...saved.cpu, burst: 0, idle: 0 });
  assert.deepEqual(mergeResources(saved, update).pids, { limit: 0 });
  assert.deepEqual(changedResources(update, saved, 1).cpu, { burst: 0, idle: 0 });
});

test("no limit of memory alone is none of memory and swap either", () => {
  assert.deepEqual(mergeResources(saved, { memory: { limit: -1 } }).memory, { ...saved.memory, limit: -1, swap: -1 });
  assert.deepEqual(mergeResources(saved, { memory: { limit: -1, swap: 0 } }).memory?.swap, -1);
  assert.deepEqual(mergeResources(saved, { memory: { limit: -1, swap: 300 } }).memory?.swap, 300);
});

test("v1 writes what is asked, v2 the other half as well, which one file shares", () => {
  const update = { memory: { limit: 150 }, cpu: { quota: 10000 } };
  const merged = mergeResources(saved, update);
  assert.deepEqual(changedResources(update, merged, 1).memory, { limit: 150 });
  assert.deepEqual(changedResources(update, merged, 1).cpu, { quota: 10000 });
  assert.deepEqual(changedResources(update, merged, 2).memory, { limit: 150, swap: 200 });
  assert.deepEqual(changedResources(update, merged, 2).cpu, { quota: 10000, period: 50000 });
  assert.deepEqual(changedResources({ memory: { reservation: 1 } }, merged, 2).memory, { reservation: 1 });
});

test("devices of block I/O are replaced by number, others appended", () => {
  const before = { blockIO: { throttleReadBpsDevice: [1, 2].map((minor) => ({ major: 8, minor, rate: 1 })) } };
  const update = { blockIO: { throttleReadBpsDevice: [2, 3].map((minor) => ({ major: 8, minor, rate: 9 })), weight: 300 } };
  const rates = (list: readonly { minor: number | bigint; rate?: number | bigint | undefined }[] | undefined) =>
    list?.map(({ minor, rate }) => [minor, rate]);
  const merged = mergeResources(before, update).blockIO;
  assert.deepEqual(rates(merged?.throttleReadBpsDevice), [
    [1, 1],
    [2, 9],
    [3, 9],
  ]);
  assert.equal(merged?.weight, 300);
  assert.deepEqual(rates(changedResources(update, {}, 1).blockIO?.throttleReadBpsDevice), [
    [2, 9],
    [3, 9],
  ]);
});

test("unified files and huge pages are replaced one by one", () => {
  const before = { unified: { "memory.high": "1", "pids.max": "2" }, hugepageLimits: [{ pageSize: "2MB", limit: 1 }] };
  const merged = mergeResources(before, { unified: { "memory.high": "3" }, hugepageLimits: [{ pageSize: "1GB", limit: 5 }] });
  assert.deepEqual(merged.unified, { "memory.high": "3", "pids.max": "2" });
  assert.deepEqual(merged.hugepageLimits, [
    { pageSize: "2MB", limit: 1 },
    { pageSize: "1GB", limit: 5 },
  ]);
});
