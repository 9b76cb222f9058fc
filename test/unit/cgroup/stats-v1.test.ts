// What `events` says of a v1 container: from texts as the kernel writes them to runc's JSON.
import assert from "node:assert/strict";
import { test } from "node:test";
import { statsV1 } from "../../../src/cgroup/stats-v1.js";
import { stringifyJson } from "../../../src/spec/json.js";

const files: Readonly<Record<string, string>> = {
  "cpuacct/cpuacct.stat": "user 12\nsystem 3\n",
  "cpuacct/cpuacct.usage": "9007199254740993\n",
  "cpuacct/cpuacct.usage_percpu": "2510524 1366857 \n",
  "cpuacct/cpuacct.usage_all": "cpu user system\n0 4000000 0\n1 0 8000000\n",
  "cpu/cpu.stat": "nr_periods 7\nnr_throttled 0\nthrottled_time 123456789\nnr_bursts 0\nburst_time 0\nwait_sum 99\n",
  "cpuset/cpuset.cpus": "0-1,4\n",
  "cpuset/cpuset.mems": "0\n",
  "cpuset/cpuset.sched_load_balance": "1\n",
  "cpuset/cpuset.sched_relax_domain_level": "-1\n",
  "memory/memory.stat": "cache 4096\nrss 106496\nhierarchical_memory_limit 9223372036854771712\n",
  "memory/memory.usage_in_bytes": "413696\n",
  "memory/memory.max_usage_in_bytes": "929792\n",
  "memory/memory.limit_in_bytes": "9223372036854771712\n",
  "memory/memory.failcnt": "3\n",
  "memory/memory.kmem.usage_in_bytes": "307200\n",
  "memory/memory.kmem.max_usage_in_bytes": "491520\n",
  "memory/memory.kmem.failcnt": "0\n",
  "pids/pids.current": "2\n",
  "pids/pids.max": "max\n",
  "blkio/blkio.throttle.io_serviced_recursive": "8:0 Read 124\n8:0 Write 0\nTotal 124\n",
  "blkio/blkio.throttle.io_service_bytes_recursive": "8:0 Read 1282048\n8:0 Write 0\nTotal 1282048\n",
  "hugetlb/hugetlb.2MB.usage_in_bytes": "0\n",
  "hugetlb/hugetlb.2MB.max_usage_in_bytes": "2097152\n",
  "hugetlb/hugetlb.2MB.failcnt": "1\n",
};

function stats(texts: Readonly<Record<string, string>>) {
  return statsV1((controller, file) => texts[`${controller}/${file}`], ["2MB", "1GB"]);
}

test("the JSON of runc, 64-bit numbers exact, zeros left out where Go leaves them out", () => {
  assert.equal(
    stringifyJson(stats(files)),
    '{"cpu":{"usage":{"total":9007199254740993,"percpu":[2510524,1366857],"percpu_kernel":[0,8000000],"percpu_user":[4000000,0],"kernel":30000000,' +
      '"user":120000000},"throttling":{"periods":7,"throttledTime":123456789}},' +
      '"cpuset":{"cpus":[0,1,4],"cpu_exclusive":0,"mems":[0],"mem_hardwall":0,"mem_exclusive":0,"memory_migrate":0,"memory_spread_page":0,' +
      '"memory_spread_slab":0,"memory_pressure":0,"sched_load_balance":1,"sched_relax_domain_level":-1},' +
      '"memory":{"cache":4096,"usage":{"limit":9223372036854771712,"usage":413696,"max":929792,"failcnt":3},"swap":{"limit":0,"failcnt":0},' +
      '"kernel":{"limit":0,"usage":307200,"max":491520,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0},' +
      '"raw":{"cache":4096,"hierarchical_memory_limit":9223372036854771712,"rss":106496}},' +
      '"pids":{"current":2},"blkio":{"ioServiceBytesRecursive":[{"major":8,"op":"Read","value":1282048},{"major":8,"op":"Write"}],' +
      '"ioServicedRecursive":[{"major":8,"op":"Read","value":124},{"major":8,"op":"Write"}]},' +
      '"hugetlb":{"2MB":{"max":2097152,"failcnt":1}},"intel_rdt":{},"network_interfaces":null}',
  );
});

test("no file at all: every object is there, and empty", () => {
  const { cpu, memory, pids, blkio, hugetlb } = stats({});
  assert.equal(
    stringifyJson({ cpu, pids, blkio, hugetlb }),
    '{"cpu":{"usage":{"kernel":0,"user":0},"throttling":{}},"pids":{},"blkio":{},"hugetlb":{}}',
  );
  assert.equal(stringifyJson(memory.usage), '{"limit":0,"failcnt":0}');
  assert.equal(memory.raw, undefined);
});

test("what BFQ counts comes before what the throttler counts", () => {
  const { blkio } = stats({
    ...files,
    "blkio/blkio.bfq.io_serviced_recursive": "8:0 Read 5\nTotal 5\n",
    "blkio/blkio.bfq.io_service_bytes_recursive": "8:0 Read 6\nTotal 6\n",
  });
  assert.equal(blkio.ioServicedRecursive?.[0]?.value, 5);
  assert.equal(blkio.ioServiceBytesRecursive?.[0]?.value, 6);
});

test("the counters of CFQ and of BFQ's debugging have a table each", () => {
  const tables = {
    "blkio.sectors_recursive": "8:16 6792\n",
    "blkio.io_service_time_recursive": "8:16 Read 1\n",
    "blkio.io_wait_time_recursive": "8:16 Read 2\n",
    "blkio.io_merged_recursive": "8:16 Read 3\n",
    "blkio.io_queued_recursive": "8:16 Read 4\n",
    "blkio.time_recursive": "8:16 5\n",
    "blkio.io_serviced_recursive": "8:16 Read 6\n",
    "blkio.io_service_bytes_recursive": "8:16 Read 7\n",
  };
  const { blkio } = stats(Object.fromEntries(Object.entries(tables).map(([name, text]) => [`blkio/${name}`, text])));
  const values = Object.entries(blkio).map(([name, list]) => [name, (list as readonly { value?: unknown }[])[0]?.value]);
  assert.deepEqual(values, [
    ["ioServiceBytesRecursive", 7],
    ["ioServicedRecursive", 6],
    ["ioQueueRecursive", 4],
    ["ioServiceTimeRecursive", 1],
    ["ioWaitTimeRecursive", 2],
    ["ioMergedRecursive", 3],
    ["ioTimeRecursive", 5],
    ["sectorsRecursive", 6792],
  ]);
  assert.deepEqual(blkio.sectorsRecursive, [{ major: 8, minor: 16, op: undefined, value: 6792 }]);
});

test("a file that holds no number is named", () => {
  assert.throws(() => stats({ ...files, "pids/pids.current": "many\n" }), /unable to parse "many" as a number \(pids\.current\)/);
});
