import { test } from "node:test";
import assert from "node:assert/strict";
import { filled, parsePageServer, sharedFlags } from "../../../src/cli/criu-flags.js";

test("--page-server: an address and a port", () => {
  assert.deepEqual(parsePageServer("10.0.0.1:9000"), { address: "10.0.0.1", port: 9000 });
  assert.deepEqual(parsePageServer("[fe80::1]:1"), { address: "fe80::1", port: 1 });
  assert.equal(parsePageServer(undefined), undefined);
  for (const wrong of ["here", ":9000", "here:", "fe80::1:9000", "a:b"])
    assert.throws(() => parsePageServer(wrong), /Use --page-server ADDRESS:PORT/);
  for (const wrong of ["here:0", "here:65536"]) assert.throws(() => parsePageServer(wrong), /Invalid port number/);
});

test("values that checkpoint and restore share", () => {
  const flags = { "tcp-established": true, "file-locks": true, "manage-cgroups-mode": "full", "work-path": "" } as const;
  const parsed = { flags, lists: { "empty-ns": ["network"] }, args: ["id"] };
  assert.deepEqual(sharedFlags(parsed), {
    tcpEstablished: true,
    extUnixSk: false,
    shellJob: false,
    fileLocks: true,
    autoDedup: false,
    lazyPages: false,
    cgroupsMode: "full",
  });
  assert.equal(filled(parsed, "work-path"), undefined, "an empty value is none");
  assert.equal(sharedFlags({ flags: {}, args: [] }).cgroupsMode, "default");
  assert.throws(() => sharedFlags({ flags: { "manage-cgroups-mode": "some" }, args: [] }), /invalid manage-cgroups-mode value "some"/);
  assert.throws(() => sharedFlags({ flags: {}, lists: { "empty-ns": ["pid"] }, args: [] }), /namespace "pid" is not supported/);
});
