// One value for each property of config.json, and a configuration that it changes something in.
import type { CgroupHierarchy, Facts } from "../../../src/plan/facts.js";
import type { TestConfig } from "../../support/config.js";
import { hosts } from "../../golden/facts.js";

export interface Row {
  /** What the property is set to: the whole list where the path ends in []. */
  readonly value: unknown;
  /** What has to be there for it; made before and after. */
  readonly beside?: (config: TestConfig) => void;
  /** The host; `v1` by default. */
  readonly on?: keyof typeof propertyFacts;
  /** It is refused, in these words. */
  readonly refused?: RegExp;
  /** It changes nothing, and why that is right. */
  readonly ignored?: string;
}

const v1 = (name: string): CgroupHierarchy => ({ version: 1, mountpoint: `/cg/${name}`, controllers: name.split(","), own: "/" });
const controllers = ["cpu,cpuacct", "cpuset", "memory", "devices", "freezer", "pids", "blkio", "hugetlb", "net_cls,net_prio", "rdma"];
const labelled = { apparmor: true, selinux: true, resctrl: "/sys/fs/resctrl" } as const;

export const propertyFacts = {
  v1: { ...hosts.hybrid, ...labelled, cgroup: { mode: "v1", hierarchies: controllers.map(v1) } },
  v2: { ...hosts.v2, ...labelled },
} satisfies Record<string, Facts>;

/** Something of everything. */
export function specimen(): TestConfig {
  const hook = { path: "/hook", args: ["hook", "a"], env: ["A=b"], timeout: 3 };
  const hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];
  return {
    ociVersion: "1.3.0",
    process: {
      args: ["sh"],
      cwd: "/",
      env: ["PATH=/bin"],
      user: { uid: 1, gid: 2 },
      capabilities: { bounding: ["CAP_CHOWN"] },
      rlimits: [{ type: "RLIMIT_NOFILE", soft: 10, hard: 20 }],
    },
    root: { path: "rootfs" },
    mounts: [{ destination: "/data", source: "/srv", type: "bind", options: ["rbind"] }],
    hooks: Object.fromEntries(hooks.map((name) => [name, [{ ...hook }]])),
    linux: {
      namespaces: [{ type: "network" }, { type: "mount" }, { type: "uts" }, { type: "ipc" }, { type: "pid" }, { type: "time" }],
      devices: [{ type: "c", path: "/dev/own", major: 10, minor: 20 }],
      netDevices: { eth7: {} },
      resources: {
        devices: [{ allow: false, type: "c", major: 7, minor: 8, access: "rw" }],
        blockIO: {
          weightDevice: [{ major: 8, minor: 0, weight: 100 }],
          throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1 }],
          throttleWriteBpsDevice: [{ major: 8, minor: 0, rate: 1 }],
          throttleReadIOPSDevice: [{ major: 8, minor: 0, rate: 1 }],
          throttleWriteIOPSDevice: [{ major: 8, minor: 0, rate: 1 }],
        },
        hugepageLimits: [{ pageSize: "2MB", limit: 0 }],
        network: { priorities: [{ name: "lo", priority: 1 }] },
        rdma: { mlx5: { hcaHandles: 1, hcaObjects: 1 } },
      },
      seccomp: {
        defaultAction: "SCMP_ACT_ALLOW",
        syscalls: [{ names: ["chmod"], action: "SCMP_ACT_ERRNO", args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ" }] }],
      },
    },
  };
}

const idMap = { containerID: 0, hostID: 1000, size: 10 };

function userNamespace(config: TestConfig): void {
  config.linux.namespaces.push({ type: "user" });
  config.linux.uidMappings = [{ ...idMap }];
  config.linux.gidMappings = [{ ...idMap }];
}

function mapped(config: TestConfig): void {
  config.mounts[0].options = ["bind", "idmap"];
  config.mounts[0].uidMappings = [{ ...idMap }];
  config.mounts[0].gidMappings = [{ ...idMap }];
}

const realtime = (config: TestConfig): void => void (config.process.scheduler = { policy: "SCHED_FIFO", priority: 1 });
const deadline = (config: TestConfig): void =>
  void (config.process.scheduler = { policy: "SCHED_DEADLINE", runtime: 2000, deadline: 3000, period: 4000 });
const shared = (config: TestConfig): void => void (config.process.scheduler = { policy: "SCHED_OTHER" });
const terminal = (config: TestConfig): void => {
  config.process.terminal = true;
  config.process.consoleSize = { height: 24, width: 80 };
};
const memory = (config: TestConfig): void => void (config.linux.resources.memory = { limit: 1 << 20 });
const quota = (config: TestConfig): void => void (config.linux.resources.cpu = { quota: 10000 });
const notified = (config: TestConfig): void => {
  config.linux.seccomp.syscalls[0].action = "SCMP_ACT_NOTIFY";
  config.linux.seccomp.listenerPath = "/agent.sock";
};
const policy = (config: TestConfig): void => void (config.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" });
const rdt = (config: TestConfig): void => void (config.linux.intelRdt = { closID: "class" });

const hookRows = Object.fromEntries(
  ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"].flatMap((kind): [string, Row][] => [
    [`hooks.${kind}[].path`, { value: "/other" }],
    [`hooks.${kind}[].args[]`, { value: ["hook", "b"] }],
    [`hooks.${kind}[].env[]`, { value: ["A=c"] }],
    [`hooks.${kind}[].timeout`, { value: 4 }],
  ]),
);

const mapRows = Object.fromEntries(
  [
    ["linux.", userNamespace],
    ["mounts[].", mapped],
  ].flatMap(([start, beside]) =>
    ["uid", "gid"].flatMap((kind) =>
      Object.entries({ containerID: 1, hostID: 2000, size: 20 }).map(([name, value]): [string, Row] => {
        const others = (config: TestConfig): void => {
          (beside as (config: TestConfig) => void)(config);
          // An id that stays mapped.
          config.process.user = { uid: 5, gid: 5 };
        };
        // Nobody would be root.
        const refused = start === "linux." && name === "containerID" ? { refused: /no mapping found for [ug]id 0/ } : {};
        return [`${start as string}${kind}Mappings[].${name}`, { value, beside: others, ...refused }];
      }),
    ),
  ),
);

const deviceRows = Object.fromEntries(
  ["throttleReadBpsDevice", "throttleWriteBpsDevice", "throttleReadIOPSDevice", "throttleWriteIOPSDevice"].flatMap((list) =>
    Object.entries({ major: 9, minor: 3, rate: 7 }).map(([name, value]): [string, Row] => [
      `linux.resources.blockIO.${list}[].${name}`,
      { value },
    ]),
  ),
);

export const propertyRows: Readonly<Record<string, Row>> = {
  ociVersion: { value: "2.0.0", refused: /ociVersion/ },
  "process.terminal": { value: true },
  "process.consoleSize.height": { value: 30, beside: terminal },
  "process.consoleSize.width": { value: 100, beside: terminal },
  "process.user.uid": { value: 7 },
  "process.user.gid": { value: 7 },
  "process.user.umask": { value: 7 },
  "process.user.additionalGids[]": { value: [7] },
  "process.user.username": { value: "name", ignored: "it is for Windows (config.md, User)" },
  "process.args[]": { value: ["ls"] },
  "process.commandLine": { value: "ls", ignored: "it is for Windows (config.md, Process)" },
  "process.env[]": { value: ["PATH=/bin", "A=b"] },
  "process.cwd": { value: "/tmp" },
  "process.capabilities.bounding[]": { value: ["CAP_KILL"] },
  "process.capabilities.permitted[]": { value: ["CAP_CHOWN"] },
  "process.capabilities.effective[]": { value: ["CAP_CHOWN"] },
  "process.capabilities.inheritable[]": { value: ["CAP_CHOWN"] },
  "process.capabilities.ambient[]": { value: ["CAP_CHOWN"] },
  "process.rlimits[].type": { value: "RLIMIT_CORE" },
  "process.rlimits[].soft": { value: 11 },
  "process.rlimits[].hard": { value: 21 },
  "process.noNewPrivileges": { value: true },
  "process.oomScoreAdj": { value: 0 },
  "process.apparmorProfile": { value: "profile" },
  "process.selinuxLabel": { value: "a:b:c" },
  "process.scheduler.policy": { value: "SCHED_RR", beside: realtime },
  "process.scheduler.nice": { value: 1, beside: shared },
  "process.scheduler.priority": { value: 2, beside: realtime },
  "process.scheduler.flags[]": { value: ["SCHED_FLAG_RESET_ON_FORK"], beside: shared },
  "process.scheduler.runtime": { value: 2001, beside: deadline },
  "process.scheduler.deadline": { value: 3001, beside: deadline },
  "process.scheduler.period": { value: 4001, beside: deadline },
  "process.ioPriority.class": { value: "IOPRIO_CLASS_RT", beside: (c) => (c.process.ioPriority = { class: "IOPRIO_CLASS_BE" }) },
  "process.ioPriority.priority": { value: 4, beside: (c) => (c.process.ioPriority = { class: "IOPRIO_CLASS_BE" }) },
  "process.execCPUAffinity.initial": { value: "0" },
  "process.execCPUAffinity.final": { value: "0" },
  "root.path": { value: "other" },
  "root.readonly": { value: true },
  hostname: { value: "name" },
  domainname: { value: "name" },
  "mounts[].destination": { value: "/other" },
  "mounts[].source": { value: "/other" },
  "mounts[].type": { value: "tmpfs", beside: (c) => (c.mounts[0] = { destination: "/x", type: "ramfs" }) },
  "mounts[].options[]": { value: ["rbind", "ro"] },
  ...mapRows,
  ...hookRows,
  annotations: { value: { "a.b/c": "d" } },
  "linux.namespaces[].type": { value: "cgroup", beside: (c) => delete c.linux.netDevices },
  "linux.namespaces[].path": { value: "/run/netns/x" },
  "linux.timeOffsets.boottime.secs": { value: 5 },
  "linux.timeOffsets.boottime.nanosecs": { value: 5 },
  "linux.timeOffsets.monotonic.secs": { value: 5 },
  "linux.timeOffsets.monotonic.nanosecs": { value: 5 },
  "linux.devices[].type": { value: "b" },
  "linux.devices[].path": { value: "/dev/other" },
  "linux.devices[].major": { value: 11 },
  "linux.devices[].minor": { value: 21 },
  "linux.devices[].fileMode": { value: 0o600 },
  "linux.devices[].uid": { value: 5 },
  "linux.devices[].gid": { value: 5 },
  "linux.netDevices{}.name": { value: "eth8" },
  "linux.cgroupsPath": { value: "/box" },
  "linux.resources.unified": {
    value: { "memory.high": "1000000" },
    on: "v2",
    beside: (c) => (c.linux.resources = {}),
  },
  "linux.resources.devices[].allow": { value: true },
  "linux.resources.devices[].type": { value: "b", beside: (c) => (c.linux.resources.devices[0].allow = true) },
  "linux.resources.devices[].major": { value: 9, beside: (c) => (c.linux.resources.devices[0].allow = true) },
  "linux.resources.devices[].minor": { value: 9, beside: (c) => (c.linux.resources.devices[0].allow = true) },
  "linux.resources.devices[].access": { value: "r", beside: (c) => (c.linux.resources.devices[0].allow = true) },
  "linux.resources.pids.limit": { value: 10 },
  "linux.resources.blockIO.weight": { value: 100 },
  "linux.resources.blockIO.leafWeight": { value: 100 },
  "linux.resources.blockIO.weightDevice[].major": { value: 9 },
  "linux.resources.blockIO.weightDevice[].minor": { value: 9 },
  "linux.resources.blockIO.weightDevice[].weight": { value: 200 },
  "linux.resources.blockIO.weightDevice[].leafWeight": { value: 200 },
  ...deviceRows,
  "linux.resources.cpu.shares": { value: 100 },
  "linux.resources.cpu.quota": { value: 10000 },
  "linux.resources.cpu.burst": { value: 1000, beside: quota },
  "linux.resources.cpu.period": { value: 50000, beside: quota },
  "linux.resources.cpu.realtimeRuntime": { value: 1000 },
  "linux.resources.cpu.realtimePeriod": { value: 10000 },
  "linux.resources.cpu.cpus": { value: "0" },
  "linux.resources.cpu.mems": { value: "0" },
  "linux.resources.cpu.idle": { value: 1 },
  "linux.resources.hugepageLimits[].pageSize": { value: "1GB" },
  "linux.resources.hugepageLimits[].limit": { value: 1 << 21 },
  "linux.resources.memory.limit": { value: 1 << 20 },
  "linux.resources.memory.reservation": { value: 1 << 20 },
  "linux.resources.memory.swap": { value: 1 << 21, beside: memory },
  "linux.resources.memory.kernel": { value: 1 << 20, refused: /memory\.kernel is not supported/ },
  "linux.resources.memory.kernelTCP": { value: 1 << 20, refused: /memory\.kernelTCP is not supported/ },
  "linux.resources.memory.swappiness": { value: 10 },
  "linux.resources.memory.disableOOMKiller": { value: true },
  "linux.resources.memory.useHierarchy": { value: true },
  "linux.resources.memory.checkBeforeUpdate": { value: true, ignored: "it is for `update` (test/integration/update)" },
  "linux.resources.network.classID": { value: 7 },
  "linux.resources.network.priorities[].name": { value: "eth0" },
  "linux.resources.network.priorities[].priority": { value: 7 },
  "linux.resources.rdma{}.hcaHandles": { value: 7 },
  "linux.resources.rdma{}.hcaObjects": { value: 7 },
  "linux.rootfsPropagation": { value: "shared" },
  "linux.seccomp.defaultAction": { value: "SCMP_ACT_ERRNO" },
  "linux.seccomp.defaultErrnoRet": { value: 38, beside: (c) => (c.linux.seccomp.defaultAction = "SCMP_ACT_ERRNO") },
  "linux.seccomp.flags[]": { value: ["SECCOMP_FILTER_FLAG_LOG"] },
  "linux.seccomp.architectures[]": { value: ["SCMP_ARCH_X86"] },
  "linux.seccomp.listenerPath": { value: "/other.sock", beside: notified },
  "linux.seccomp.listenerMetadata": { value: "words", beside: notified },
  "linux.seccomp.syscalls[].names[]": { value: ["chown"] },
  "linux.seccomp.syscalls[].action": { value: "SCMP_ACT_LOG" },
  "linux.seccomp.syscalls[].errnoRet": { value: 38 },
  "linux.seccomp.syscalls[].args[].index": { value: 1 },
  "linux.seccomp.syscalls[].args[].value": { value: 2 },
  "linux.seccomp.syscalls[].args[].valueTwo": {
    value: 3,
    beside: (c) => (c.linux.seccomp.syscalls[0].args[0].op = "SCMP_CMP_MASKED_EQ"),
  },
  "linux.seccomp.syscalls[].args[].op": { value: "SCMP_CMP_NE" },
  "linux.sysctl": { value: { "net.ipv4.ip_forward": "1" } },
  "linux.maskedPaths[]": { value: ["/proc/keys"] },
  "linux.readonlyPaths[]": { value: ["/proc/sys"] },
  "linux.mountLabel": { value: "a:b:c", beside: (c) => c.mounts.push({ destination: "/t", type: "tmpfs", source: "tmpfs" }) },
  "linux.intelRdt.closID": { value: "class" },
  "linux.intelRdt.schemata[]": { value: ["L2:0=f"], beside: rdt },
  "linux.intelRdt.l3CacheSchema": { value: "L3:0=f", beside: rdt },
  "linux.intelRdt.memBwSchema": { value: "MB:0=20", beside: rdt },
  "linux.intelRdt.enableMonitoring": { value: true, beside: rdt },
  "linux.memoryPolicy.mode": { value: "MPOL_PREFERRED_MANY", beside: policy },
  "linux.memoryPolicy.nodes": { value: "1", beside: policy },
  "linux.memoryPolicy.flags[]": { value: ["MPOL_F_STATIC_NODES"], beside: policy },
  "linux.personality.domain": { value: "LINUX32" },
  "linux.personality.flags[]": { value: ["ADDR_NO_RANDOMIZE"], refused: /personality\.flags must be empty/ },
};
