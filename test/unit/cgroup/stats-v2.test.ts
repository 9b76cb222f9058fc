// What `events` says of a v2 container, in the terms of v1.
import assert from "node:assert/strict";
import { test } from "node:test";
import { statsV2 } from "../../../src/cgroup/stats-v2.js";
import { stringifyJson } from "../../../src/spec/json.js";

const pressure = "some avg10=1.50 avg60=0.00 avg300=0.25 total=18446744073709551615\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";

const files: Readonly<Record<string, string>> = {
  "cpu.stat":
    "usage_usec 5278414\nuser_usec 3955734\nsystem_usec 1322679\nnice_usec 162929\nnr_periods 4\nnr_throttled 2\nthrottled_usec 1500\nnr_bursts 0\nburst_usec 0\n",
  "cpu.pressure": pressure,
  "memory.stat": "anon 106496\nfile 8192\nkernel 65536\n",
  "memory.current": "413696\n",
  "memory.peak": "929792\n",
  "memory.max": "134217728\n",
  "memory.swap.current": "4096\n",
  "memory.swap.max": "67108864\n",
  "memory.pressure": pressure,
  "pids.current": "2\n",
  "pids.max": "17\n",
  "io.stat": "8:0 rbytes=1282048 wbytes=0 rios=124 wios=0 dbytes=5 dios=6\n",
  "hugetlb.2MB.rsvd.current": "2097152\n",
  "hugetlb.2MB.events": "max 1\n",
};

function stats(texts: Readonly<Record<string, string>>) {
  return statsV2((file) => texts[file], ["2MB", "1GB"]);
}

test("the JSON of runc: nanoseconds, swap with memory, the peak, pressure in microseconds", () => {
  const psi =
    '{"some":{"avg10":1.5,"avg60":0,"avg300":0.25,"total":18446744073709551615},"full":{"avg10":0,"avg60":0,"avg300":0,"total":7}}';
  const { cpu, memory, pids, blkio, hugetlb } = stats(files);
  assert.equal(
    stringifyJson(cpu),
    '{"usage":{"total":5278414000,"kernel":1322679000,"user":3955734000},' +
      `"throttling":{"periods":4,"throttledPeriods":2,"throttledTime":1500000},"psi":${psi}}`,
  );
  assert.equal(
    stringifyJson(memory),
    '{"cache":8192,"usage":{"limit":134217728,"usage":413696,"max":929792,"failcnt":0},"swap":{"limit":201326592,"usage":417792,"failcnt":0},' +
      '"kernel":{"limit":0,"failcnt":0},"kernelTCP":{"limit":0,"failcnt":0},"raw":{"anon":106496,"file":8192,"kernel":65536},' +
      `"psi":${psi}}`,
  );
  assert.equal(stringifyJson(pids), '{"current":2,"limit":17}');
  assert.equal(
    stringifyJson(blkio),
    '{"ioServiceBytesRecursive":[{"major":8,"op":"Read","value":1282048},{"major":8,"op":"Write"}],' +
      '"ioServicedRecursive":[{"major":8,"op":"Read","value":124},{"major":8,"op":"Write"}]}',
  );
  assert.equal(stringifyJson(hugetlb), '{"2MB":{"usage":2097152,"failcnt":1}}');
});

test("max is the largest number, and stays it with swap added; no limit of processes is absent", () => {
  const { memory, pids } = stats({ ...files, "memory.max": "max\n", "pids.max": "max\n" });
  assert.equal(memory.usage.limit, 18446744073709551615n);
  assert.equal(memory.swap.limit, 18446744073709551615n);
  assert.equal(pids.limit, undefined);
});

test("a kernel or a cgroup without controllers: processes are counted, the rest is empty", () => {
  const { cpu, memory, pids } = stats({ "cgroup.procs": "10\n11\n", "cpu.stat": "usage_usec 1\nuser_usec 1\nsystem_usec 0\n" });
  assert.equal(stringifyJson(pids), '{"current":2}');
  assert.equal(stringifyJson(cpu), '{"usage":{"total":1000,"kernel":0,"user":1000},"throttling":{}}');
  assert.equal(stringifyJson(memory.swap), '{"limit":0,"failcnt":0}');
});
