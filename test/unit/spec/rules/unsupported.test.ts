import { test } from "node:test";
import { unsupported } from "../../../../src/spec/rules/unsupported.js";
import { type FullConfig, passes, refuses } from "./support.js";

type Change = (c: FullConfig) => void;

const refused: [at: string, what: string, change: Change][] = [
  ["/process/apparmorProfile", "AppArmor", (c) => (c.process.apparmorProfile = "docker-default")],
  ["/process/selinuxLabel", "SELinux", (c) => (c.process.selinuxLabel = "a:b:c")],
  ["/linux/mountLabel", "SELinux", (c) => (c.linux.mountLabel = "a:b:c")],
  ["/process/scheduler", "scheduling policies", (c) => (c.process.scheduler = { policy: "SCHED_FIFO", priority: 1 })],
  ["/process/scheduler", "scheduling policies", (c) => (c.process.scheduler = { policy: "SCHED_OTHER", nice: 5 })],
  ["/process/ioPriority", "I/O priorities", (c) => (c.process.ioPriority = { class: "IOPRIO_CLASS_BE" })],
  ["/linux/intelRdt", "Intel RDT", (c) => (c.linux.intelRdt = { closID: "x" })],
  ["/linux/netDevices", "moving network devices", (c) => (c.linux.netDevices = { eth0: {} })],
  ["/linux/memoryPolicy", "memory policies", (c) => (c.linux.memoryPolicy = { mode: "MPOL_BIND", nodes: "0" })],
  ["/linux/personality", "execution domains", (c) => (c.linux.personality = { domain: "LINUX32" })],
  ["/linux/resources/rdma", "RDMA limits", (c) => (c.linux.resources.rdma = { mlx5: { hcaHandles: 1 } })],
  ["/linux/resources/memory/kernel", "kernel memory limits", (c) => (c.linux.resources.memory = { kernel: 1 })],
  ["/linux/resources/memory/kernelTCP", "kernel memory limits", (c) => (c.linux.resources.memory = { kernelTCP: 1 })],
  ["/linux/seccomp/defaultAction", "SCMP_ACT_NOTIFY", (c) => (c.linux.seccomp = { defaultAction: "SCMP_ACT_NOTIFY" })],
];

test("properties that are not carried out are refused by name", () => {
  for (const [at, what, change] of refused) {
    refuses(unsupported, change, at, `${at.slice(1).replace(/\//g, ".")} is not supported by this version of tsrunc (${what})`);
  }
});

test("in lists, too", () => {
  const notify = { names: ["x"], action: "SCMP_ACT_NOTIFY" as const };
  refuses(
    unsupported,
    (c) => (c.linux.seccomp = { defaultAction: "SCMP_ACT_ALLOW", syscalls: [{ names: ["y"], action: "SCMP_ACT_LOG" }, notify] }),
    "/linux/seccomp/syscalls/1/action",
    "linux.seccomp.syscalls[1].action is not supported by this version of tsrunc (SCMP_ACT_NOTIFY)",
  );
});

test("values that ask for nothing pass", () => {
  passes(unsupported, (c) => {
    Object.assign(c.process, { apparmorProfile: "", selinuxLabel: "", scheduler: { policy: "SCHED_OTHER", nice: 0, flags: [] } });
    Object.assign(c.process, { execCPUAffinity: { initial: "0" } });
    Object.assign(c.linux, { mountLabel: "", intelRdt: { closID: "", enableMonitoring: false }, netDevices: {}, memoryPolicy: {} });
    Object.assign(c.linux, { personality: { domain: "LINUX", flags: [] } });
    c.linux.resources = { rdma: {}, memory: { kernel: 0, kernelTCP: -1 } };
  });
  passes(unsupported, (c) => (c.process.apparmorProfile = "unconfined"));
});
