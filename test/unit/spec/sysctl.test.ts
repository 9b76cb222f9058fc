import assert from "node:assert/strict";
import { test } from "node:test";
import { sysctlName, sysctlPath } from "../../../src/spec/sysctl.js";

test("the first separator is the separator, the other one stands for itself", () => {
  for (const key of ["net.ipv4.conf.eno2/100.rp_filter", "net/ipv4/conf/eno2.100/rp_filter"]) {
    assert.equal(sysctlName(key), "net.ipv4.conf.eno2/100.rp_filter");
    assert.equal(sysctlPath(key), "net/ipv4/conf/eno2.100/rp_filter");
  }
  assert.equal(sysctlName("kernel"), "kernel");
  assert.equal(sysctlPath("kernel.shmmax"), "kernel/shmmax");
});
