// Flags of checkpoint and restore as options of CRIU: names and numbers as in its rpc.proto, choices as runc's.
import { test } from "node:test";
import assert from "node:assert/strict";
import { decodeMessage } from "../../../src/criu/protobuf.js";
import { decodeResponse, encodeRequest, schema } from "../../../src/criu/messages.js";
import { type CriuFlags, type DumpFlags, dumpRequest, type RestoreFlags, restoreRequest } from "../../../src/criu/request.js";
import type { Config } from "../../../src/spec/config.js";

const none: CriuFlags = {
  tcpEstablished: false,
  extUnixSk: false,
  shellJob: false,
  fileLocks: false,
  autoDedup: false,
  lazyPages: false,
  cgroupsMode: "default",
};
const dumpFlags: DumpFlags = {
  ...none,
  leaveRunning: false,
  preDump: false,
  tcpSkipInFlight: false,
  linkRemap: false,
  parentPath: undefined,
  pageServer: undefined,
};
const restoreFlags: RestoreFlags = { ...none, lsmProfile: undefined, lsmMountContext: undefined };
const config: Config = { ociVersion: "1.0.2" };
const directories = { images: "/images", work: undefined };

const dump = (flags: Partial<DumpFlags> = {}, of: Config = config) =>
  dumpRequest(
    { config: of, pid: 42, rootfs: "/b/rootfs", freezer: "/sys/fs/cgroup/freezer/c", external: ["mnt[/data]:/data"] },
    { ...dumpFlags, ...flags },
    directories,
  );
const restore = (flags: Partial<RestoreFlags> = {}) =>
  restoreRequest(
    { config, root: "/run/c/criu-root", external: ["mnt[/data]:/srv"], inherit: [{ key: "pipe:[7]", fd: 1 }], join: [] },
    { ...restoreFlags, ...flags },
    { images: "/images", work: "/work" },
  );

test("a plain checkpoint", () => {
  assert.deepEqual(dump(), {
    type: "DUMP",
    images: "/images",
    features: [],
    opts: {
      log_level: 4,
      notify_scripts: true,
      manage_cgroups: true,
      manage_cgroups_mode: 6,
      shell_job: false,
      tcp_established: false,
      ext_unix_sk: false,
      file_locks: false,
      auto_dedup: false,
      lazy_pages: false,
      empty_ns: 0x40000000,
      orphan_pts_master: true,
      config_file: "/etc/criu/runc.conf",
      pid: 42,
      root: "/b/rootfs",
      log_file: "dump.log",
      leave_running: false,
      tcp_skip_in_flight: false,
      link_remap: false,
      freeze_cgroup: "/sys/fs/cgroup/freezer/c",
      external: ["mnt[/data]:/data"],
    },
  });
});

test("each flag of checkpoint has its option", () => {
  const cases: readonly [Partial<DumpFlags>, Readonly<Record<string, unknown>>][] = [
    [{ tcpEstablished: true }, { tcp_established: true }],
    [{ extUnixSk: true }, { ext_unix_sk: true }],
    [{ shellJob: true }, { shell_job: true }],
    [{ fileLocks: true }, { file_locks: true }],
    [{ autoDedup: true }, { auto_dedup: true }],
    [{ leaveRunning: true }, { leave_running: true }],
    [{ tcpSkipInFlight: true }, { tcp_skip_in_flight: true }],
    [{ linkRemap: true }, { link_remap: true }],
    [{ cgroupsMode: "soft" }, { manage_cgroups_mode: 3 }],
    [{ cgroupsMode: "full" }, { manage_cgroups_mode: 4 }],
    [{ cgroupsMode: "strict" }, { manage_cgroups_mode: 5 }],
    [{ cgroupsMode: "ignore" }, { manage_cgroups_mode: 0 }],
    [{ parentPath: "../before" }, { parent_img: "../before", track_mem: true }],
    [{ pageServer: { address: "::1", port: 9000 } }, { ps: { address: "::1", port: 9000 } }],
  ];
  for (const [flags, options] of cases) assert.deepEqual(dump(flags), { ...dump(), opts: { ...dump().opts, ...options } });
});

test("what needs a feature of CRIU asks for it first", () => {
  assert.deepEqual(dump({ preDump: true }).features, ["mem_track"]);
  assert.equal(dump({ preDump: true }).type, "PRE_DUMP");
  assert.deepEqual(dump({ lazyPages: true }).features, ["lazy_pages"]);
});

test("the annotation org.criu.config names another file of options, or none", () => {
  const file = (value: string) => dump({}, { ...config, annotations: { "org.criu.config": value } }).opts.config_file;
  assert.equal(file("/etc/criu/mine.conf"), "/etc/criu/mine.conf");
  assert.equal(file(""), undefined);
});

test("a restore: the init is our child, pipes and mounts are those of now", () => {
  const { opts, work, type } = restore();
  assert.deepEqual({ type, work, log: opts.log_file }, { type: "RESTORE", work: "/work", log: "restore.log" });
  assert.deepEqual(
    { sibling: opts.rst_sibling, evasive: opts.evasive_devices, root: opts.root, external: opts.external, inherit: opts.inherit_fd },
    { sibling: true, evasive: true, root: "/run/c/criu-root", external: ["mnt[/data]:/srv"], inherit: [{ key: "pipe:[7]", fd: 1 }] },
  );
  const { opts: lsm } = restore({ lsmProfile: "apparmor:x", lsmMountContext: "system_u:object_r:x:s0" });
  assert.deepEqual([lsm.lsm_profile, lsm.lsm_mount_context], ["apparmor:x", "system_u:object_r:x:s0"]);
});

test("every option that we send is in the table", () => {
  for (const { opts } of [
    dump({ parentPath: "p", pageServer: { address: "a", port: 1 } }),
    restore({ lsmProfile: "a:b", lsmMountContext: "c" }),
  ]) {
    const message = { type: 1, opts: { images_dir_fd: 5, work_dir_fd: 6, ...opts } };
    assert.deepEqual(decodeMessage(schema, "criu_req", encodeRequest(message)), withoutEmptyLists(message));
  }
});

function withoutEmptyLists(message: { type: number; opts: object }): unknown {
  const opts = Object.fromEntries(Object.entries(message.opts).filter(([, value]) => !Array.isArray(value) || value.length > 0));
  return { ...message, opts };
}

test("an answer as CRIU sends it", () => {
  // criu_resp { type: NOTIFY, success: true, notify { script: "post-restore", pid: 4711 } }
  const bytes = Buffer.from("080610012a11" + "0a0c" + Buffer.from("post-restore").toString("hex") + "10e724", "hex");
  assert.deepEqual(decodeResponse(bytes), { type: 6, success: true, notify: { script: "post-restore", pid: 4711 } });
});
