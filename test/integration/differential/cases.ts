// Configurations that differ from `runc spec`'s in one thing each.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestConfig } from "../../support/config.js";
import type { HeldNamespaces } from "../../support/namespaces.js";
import type { ObserveOptions } from "./observe.js";

export interface Surroundings {
  /** A directory with things to bind: dir/file, dir/sub/file, file, and a mount with submounts is not there. */
  readonly sources: string;
  readonly bundle: string;
  readonly rootfs: string;
  readonly held: HeldNamespaces;
}

export interface Case extends Pick<ObserveOptions, "flags" | "terminal" | "env" | "extraFds"> {
  readonly name: string;
  /** The reference refuses it; else a refusal by the reference is a mistake in the case. */
  readonly refused?: boolean | "either";
  readonly patch: (config: TestConfig, at: Surroundings) => void;
}

const bind = (source: string, destination: string, ...options: string[]) => ({ destination, type: "bind", source, options });
const tmpfs = (destination: string, ...options: string[]) => ({ destination, type: "tmpfs", source: "tmpfs", options });
const writable = (config: TestConfig) => (config.root.readonly = false);
const without = (config: TestConfig, namespace: string) =>
  (config.linux.namespaces = config.linux.namespaces.filter(({ type }: { type: string }) => type !== namespace));

function join_(config: TestConfig, type: string, path: string): void {
  without(config, type);
  config.linux.namespaces.push({ type, path });
}

const everyCap = [
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW",
  "IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE",
  "AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ",
]
  .join(" ")
  .split(" ")
  .map((name) => `CAP_${name}`);

function caps(config: TestConfig, sets: Record<string, readonly string[]>): void {
  config.process.capabilities = sets;
}

function allCaps(config: TestConfig): void {
  caps(config, { bounding: everyCap, effective: everyCap, permitted: everyCap });
}

const processCases: Case[] = [
  { name: "as runc spec writes it", patch: () => undefined },
  { name: "a terminal", terminal: [80, 24], patch: (config) => (config.process.terminal = true) },
  {
    name: "a terminal with consoleSize, for a user",
    terminal: [132, 50],
    patch: (config) => {
      config.process.terminal = true;
      config.process.consoleSize = { width: 132, height: 50 };
      config.process.user = { uid: 1000, gid: 1000 };
    },
  },
  {
    name: "a user with groups",
    patch: (config) => (config.process.user = { uid: 1000, gid: 1001, additionalGids: [5, 1002, 2147483647] }),
  },
  { name: "a user that is not in passwd", patch: (config) => (config.process.user = { uid: 2147483647, gid: 7 }) },
  { name: "umask 077", patch: (config) => (config.process.user.umask = 0o77) },
  { name: "umask 0", patch: (config) => (config.process.user.umask = 0) },
  { name: "no capabilities at all", patch: (config) => caps(config, {}) },
  { name: "no capabilities property", patch: (config) => delete config.process.capabilities },
  { name: "all capabilities of this machine", patch: allCaps },
  {
    name: "five different capability sets",
    patch: (config) =>
      caps(config, {
        bounding: ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD", "CAP_SETUID", "CAP_NET_RAW"],
        permitted: ["CAP_CHOWN", "CAP_KILL", "CAP_MKNOD"],
        effective: ["CAP_CHOWN", "CAP_KILL"],
        inheritable: ["CAP_KILL", "CAP_CHOWN"],
        ambient: ["CAP_KILL"],
      }),
  },
  {
    name: "ambient capabilities for a user",
    patch: (config) => {
      const list = ["CAP_KILL", "CAP_NET_RAW"];
      caps(config, { bounding: list, permitted: list, effective: list, inheritable: list, ambient: list });
      config.process.user = { uid: 1000, gid: 1000 };
    },
  },
  {
    name: "permitted capabilities for a user, without ambient",
    patch: (config) => {
      const list = ["CAP_KILL", "CAP_NET_RAW"];
      caps(config, { bounding: list, permitted: list, effective: list });
      config.process.user = { uid: 1000, gid: 1000 };
    },
  },
  { name: "without noNewPrivileges", patch: (config) => (config.process.noNewPrivileges = false) },
  { name: "oomScoreAdj 500", patch: (config) => (config.process.oomScoreAdj = 500) },
  {
    name: "several rlimits",
    patch: (config) =>
      (config.process.rlimits = [
        { type: "RLIMIT_NOFILE", soft: 100, hard: 200 },
        { type: "RLIMIT_CORE", soft: 0, hard: 0 },
        { type: "RLIMIT_NPROC", soft: 1000, hard: 2000 },
        { type: "RLIMIT_STACK", soft: 8388608, hard: 16777216 },
        { type: "RLIMIT_FSIZE", soft: 1099511627776, hard: 1099511627776 },
      ]),
  },
  { name: "no rlimits", patch: (config) => delete config.process.rlimits },
  { name: "cwd /tmp", patch: (config) => (config.process.cwd = "/tmp") },
  {
    name: "a cwd that is not there",
    patch: (config) => {
      writable(config);
      config.process.cwd = "/new/data/dir";
    },
  },
  {
    name: "environment: HOME, duplicates, empty values, order",
    patch: (config) => (config.process.env = ["Z=1", "A=2", "PATH=/bin", "Z=3", "EMPTY=", "HOME=/somewhere", "EQUALS=a=b", "SPACE= x "]),
  },
  {
    name: "environment: HOME of a user from passwd",
    patch: (config) => (config.process.user = { uid: 1000, gid: 1000 }),
  },
  { name: "environment: empty HOME", patch: (config) => config.process.env.push("HOME=") },
  {
    name: "program found in PATH",
    patch: (config) => Object.assign(config.process, { args: ["probe", "hold", "with", "", "empty args"], env: ["PATH=/nowhere:/"] }),
  },
  {
    name: "two preserved descriptors",
    extraFds: 2,
    flags: ["--preserve-fds", "2"],
    patch: () => undefined,
  },
  { name: "descriptors that are not preserved", extraFds: 3, patch: () => undefined },
  { name: "no new keyring", flags: ["--no-new-keyring"], patch: () => undefined },
  { name: "annotations", patch: (config) => (config.annotations = { "org.example.a": "1", "org.example.empty": "" }) },
];

const namespaceCases: Case[] = [
  ...["pid", "network", "ipc", "uts"].map((name) => ({
    name: `the host's ${name} namespace`,
    patch: (config: TestConfig) => {
      without(config, name);
      if (name === "uts") delete config.hostname;
      if (name === "ipc") config.mounts = config.mounts.filter(({ type }: { type: string }) => type !== "mqueue");
    },
  })),
  { name: "a cgroup namespace", patch: (config) => config.linux.namespaces.push({ type: "cgroup" }) },
  { name: "a joined network namespace", patch: (config, { held }) => join_(config, "network", held.path("net")) },
  { name: "a joined pid namespace", patch: (config, { held }) => join_(config, "pid", held.path("pid")) },
  {
    name: "joined ipc, uts and network namespaces",
    patch: (config, { held }) => {
      delete config.hostname;
      for (const [type, name] of [
        ["ipc", "ipc"],
        ["uts", "uts"],
        ["network", "net"],
      ] as const)
        join_(config, type, held.path(name));
    },
  },
  { name: "a long hostname", patch: (config) => (config.hostname = `${"a".repeat(56)}.example`) },
  { name: "no hostname", patch: (config) => delete config.hostname },
  { name: "a domainname", patch: (config) => (config.domainname = "example.org") },
  {
    name: "sysctls of net, ipc and uts",
    patch: (config) =>
      (config.linux.sysctl = {
        "net.ipv4.ip_unprivileged_port_start": "0",
        "net.ipv4.ping_group_range": "0 2147483647",
        "kernel.msgmax": "65536",
        "kernel.shm_rmid_forced": "1",
        "fs.mqueue.msg_max": "20",
        "net.core.somaxconn": "1000",
      }),
  },
];

const mountCases: Case[] = [
  { name: "a writable root", patch: writable },
  {
    name: "binds: read-only, of a file, with flags",
    patch: (config, { sources }) =>
      config.mounts.push(
        bind(`${sources}/dir`, "/mnt/ro", "bind", "ro"),
        bind(`${sources}/dir`, "/mnt/rw", "rbind", "rw"),
        bind(`${sources}/file`, "/mnt/file", "bind", "ro", "nosuid", "nodev", "noexec"),
        bind(`${sources}/dir/sub`, "/mnt/noatime", "bind", "noatime", "nosuid"),
        bind(`${sources}/dir/sub`, "/mnt/strict", "bind", "strictatime"),
        bind(`${sources}/dir/sub`, "/mnt/nodiratime", "bind", "nodiratime", "relatime"),
      ),
  },
  ...["private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"].map((name) => ({
    name: `a bind made ${name}`,
    patch: (config: TestConfig, { sources }: Surroundings) => config.mounts.push(bind(`${sources}/dir`, "/mnt/a", "rbind", name)),
  })),
  {
    name: "a recursive bind of a tree with mounts in it",
    patch: (config) =>
      config.mounts.push(bind("/sys/fs/cgroup", "/srv/cgroup", "rbind", "ro", "nosuid"), bind("/dev/pts/ptmx", "/mnt/ptmx", "bind")),
  },
  {
    name: "recursive attributes",
    patch: (config) => config.mounts.push(bind("/sys/fs/cgroup", "/srv/cgroup", "rbind", "rro", "rnosuid", "rnoexec", "rnodev")),
  },
  {
    name: "a relative source, and type none",
    patch: (config) => config.mounts.push({ destination: "/mnt/relative", type: "none", source: "shared-dir", options: ["bind", "ro"] }),
  },
  {
    name: "tmpfs with size, mode, uid, nr_inodes; without options; read-only",
    patch: (config) =>
      config.mounts.push(
        tmpfs("/tmp", "nosuid", "nodev", "noexec", "size=1m", "mode=1770", "uid=1000", "gid=5", "nr_inodes=100"),
        tmpfs("/run"),
        tmpfs("/srv", "ro", "size=64k"),
        tmpfs("/mnt/new", "nosuid"),
        { destination: "/mnt/no-options", type: "tmpfs", source: "tmpfs" },
      ),
  },
  {
    name: "tmpcopyup",
    patch: (config) => config.mounts.push(tmpfs("/etc", "tmpcopyup", "size=1m"), tmpfs("/home", "tmpcopyup", "ro")),
  },
  {
    name: "mounts on mounts",
    patch: (config, { sources }) =>
      config.mounts.push(
        tmpfs("/mnt", "size=1m", "mode=755"),
        bind(`${sources}/dir`, "/mnt/x/y", "bind"),
        tmpfs("/mnt/x/y/sub", "size=1m"),
        tmpfs("/mnt", "size=2m"),
      ),
  },
  {
    name: "targets below symlinks of the image",
    patch: (config, { sources, rootfs }) => {
      symlinkSync("/data", join(rootfs, "mnt/absolute"));
      symlinkSync("../../../../../../data", join(rootfs, "mnt/climbing"));
      config.mounts.push(bind(`${sources}/dir`, "/mnt/absolute/a", "bind"), bind(`${sources}/file`, "/mnt/climbing/b", "bind"));
    },
  },
  {
    name: "targets that are not there in a writable and in a read-only root",
    patch: (config, { sources }) =>
      config.mounts.push(bind(`${sources}/dir`, "/data/deep/er", "bind"), bind(`${sources}/file`, "/data/new-file", "bind")),
  },
  {
    name: "a remount",
    patch: (config) =>
      config.mounts.push(tmpfs("/mnt", "size=1m"), {
        destination: "/mnt",
        type: "tmpfs",
        source: "tmpfs",
        options: ["remount", "ro", "nosuid", "size=2m"],
      }),
  },
  { name: "options of proc", patch: (config) => (config.mounts[0].options = ["nosuid", "noexec", "nodev", "hidepid=2"]) },
  { name: "a writable sysfs", patch: (config) => (config.mounts[5].options = ["nosuid", "noexec", "nodev"]) },
  {
    name: "writable cgroups in a cgroup namespace",
    patch: (config) => {
      config.linux.namespaces.push({ type: "cgroup" });
      config.mounts[6].options = ["nosuid", "noexec", "nodev", "relatime", "rw"];
    },
  },
  { name: "no cgroup mount, no mqueue, no shm", patch: (config) => (config.mounts = config.mounts.slice(0, 3)) },
  {
    name: "/dev bound from the host",
    patch: (config) => {
      config.mounts = config.mounts.filter(({ destination }: { destination: string }) => !destination.startsWith("/dev"));
      config.mounts.splice(1, 0, bind("/dev", "/dev", "rbind", "ro", "nosuid"));
    },
  },
  {
    name: "/dev without devpts",
    patch: (config) => (config.mounts = config.mounts.filter(({ type }: { type: string }) => type !== "devpts")),
  },
  ...["shared", "slave", "private", "rshared", "rslave", "rprivate", "unbindable"].map((name) => ({
    // runc 1.1.5 refuses it where the rootfs lies on the mount that has become unbindable: "/" itself.
    refused: name === "unbindable" ? ("either" as const) : false,
    name: `rootfsPropagation ${name}`,
    patch: (config: TestConfig) => (config.linux.rootfsPropagation = name),
  })),
  { name: "no pivot_root", flags: ["--no-pivot"], patch: () => undefined },
  {
    name: "masked and read-only paths of its own",
    patch: (config, { rootfs }) => {
      mkdirSync(join(rootfs, "masked-dir/sub"), { recursive: true });
      mkdirSync(join(rootfs, "readonly-dir"));
      for (const name of ["masked-file", "readonly-file", "readonly-dir/file"]) writeFileSync(join(rootfs, name), "content\n");
      symlinkSync("masked-file", join(rootfs, "masked-link"));
      writable(config);
      config.linux.maskedPaths = ["/masked-file", "/masked-dir", "/not-there", "/masked-file", "/masked-link", "/sys/firmware"];
      config.linux.readonlyPaths = ["/readonly-file", "/readonly-dir", "/not-there", "/proc/sys"];
    },
  },
  {
    name: "no masked and read-only paths",
    patch: (config) => {
      delete config.linux.maskedPaths;
      delete config.linux.readonlyPaths;
    },
  },
];

const fuse = { path: "/dev/fuse", type: "c", major: 10, minor: 229 };

const deviceCases: Case[] = [
  {
    name: "more devices",
    patch: (config) =>
      (config.linux.devices = [
        { ...fuse, fileMode: 0o660, uid: 1000, gid: 5 },
        { path: "/dev/deep/loop0", type: "b", major: 7, minor: 0, fileMode: 0o600 },
        { path: "/dev/pipe", type: "p", fileMode: 0o622 },
        { path: "/dev/plain", type: "c", major: 1, minor: 3 },
        { path: "/dev/unbuffered", type: "u", major: 1, minor: 5 },
      ]),
  },
  {
    name: "a default device with another mode",
    patch: (config) => (config.linux.devices = [{ path: "/dev/full", type: "c", major: 1, minor: 7, fileMode: 0o600, uid: 7, gid: 8 }]),
  },
  {
    name: "device rules, seen by opening",
    patch: (config) => {
      allCaps(config);
      config.linux.resources.devices = [
        { allow: false, access: "rwm" },
        { allow: true, type: "c", major: 10, minor: 229, access: "rw" },
        { allow: true, type: "b", major: 7, access: "r" },
        { allow: true, type: "c", major: 1, minor: 11, access: "w" },
      ];
    },
  },
  {
    name: "all devices allowed",
    patch: (config) => {
      allCaps(config);
      config.linux.resources.devices = [{ allow: true, access: "rwm" }];
    },
  },
  {
    name: "no device rules",
    patch: (config) => {
      allCaps(config);
      delete config.linux.resources.devices;
    },
  },
];

const resource = (name: string, resources: object): Case => ({
  name,
  patch: (config) => Object.assign(config.linux.resources, resources),
});

const resourceCases: Case[] = [
  resource("memory: limit, reservation, swap", { memory: { limit: 67108864, reservation: 33554432, swap: 134217728 } }),
  resource("memory: swappiness, no OOM killer", { memory: { limit: 67108864, swappiness: 10, disableOOMKiller: true } }),
  resource("memory: unlimited", { memory: { limit: -1, swap: -1 } }),
  resource("cpu: shares, quota, period", { cpu: { shares: 512, quota: 50000, period: 100000 } }),
  resource("cpu: quota alone, and burst", { cpu: { quota: 20000, burst: 10000 } }),
  resource("cpuset", { cpu: { cpus: "0", mems: "0" } }),
  resource("pids", { pids: { limit: 20 } }),
  resource("pids: unlimited", { pids: { limit: -1 } }),
  resource("block io throttle", {
    blockIO: {
      throttleReadBpsDevice: [{ major: 254, minor: 0, rate: 1048576 }],
      throttleWriteIOPSDevice: [{ major: 254, minor: 0, rate: 100 }],
    },
  }),
  { name: "cgroupsPath of two levels", patch: (config) => (config.linux.cgroupsPath = config.linux.cgroupsPath.replace(/-\d+$/, "/$&")) },
  { name: "a relative cgroupsPath", patch: (config) => (config.linux.cgroupsPath = config.linux.cgroupsPath.slice(1)) },
  { name: "no cgroupsPath", patch: (config) => delete config.linux.cgroupsPath },
];

const errno = (names: string[], errnoRet?: number) => ({
  names,
  action: "SCMP_ACT_ERRNO",
  ...(errnoRet === undefined ? {} : { errnoRet }),
});
const seccomp = (name: string, profile: object, more: (config: TestConfig) => void = () => undefined): Case => ({
  name: `seccomp: ${name}`,
  patch: (config) => {
    config.linux.seccomp = profile;
    more(config);
  },
});
const allowByDefault = { defaultAction: "SCMP_ACT_ALLOW", architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"] };
const openForAll = "mkdirat unlinkat fchmodat setns keyctl openat2 socket".split(" ");

const seccompCases: Case[] = [
  seccomp("errno and errnoRet", {
    ...allowByDefault,
    syscalls: [errno(["mkdirat", "no_such_call"]), errno(["unlinkat"], 38), errno(["keyctl"], 0)],
  }),
  seccomp("kill the process, kill the thread, trap", {
    ...allowByDefault,
    syscalls: [
      { names: ["swapon"], action: "SCMP_ACT_KILL_PROCESS" },
      { names: ["bpf"], action: "SCMP_ACT_KILL" },
      { names: ["reboot"], action: "SCMP_ACT_TRAP" },
      { names: ["getcpu"], action: "SCMP_ACT_LOG" },
    ],
  }),
  seccomp("arguments", {
    ...allowByDefault,
    syscalls: [
      { ...errno(["personality"]), args: [{ index: 0, value: 131080, op: "SCMP_CMP_EQ" }] },
      { ...errno(["socket"], 97), args: [{ index: 0, value: 40, op: "SCMP_CMP_EQ" }] },
      {
        ...errno(["close_range"], 9),
        args: [
          { index: 0, value: 5, op: "SCMP_CMP_GT" },
          { index: 1, value: 5, op: "SCMP_CMP_LE" },
        ],
      },
      { ...errno(["userfaultfd"], 13), args: [{ index: 0, value: 268435455, valueTwo: 268435455, op: "SCMP_CMP_MASKED_EQ" }] },
    ],
  }),
  seccomp(
    "without noNewPrivileges",
    { ...allowByDefault, syscalls: [errno(["mkdirat"])] },
    (config) => (config.process.noNewPrivileges = false),
  ),
  seccomp(
    "for a user",
    { ...allowByDefault, syscalls: [errno(["mkdirat"])] },
    (config) => (config.process.user = { uid: 1000, gid: 1000 }),
  ),
  { ...seccomp("flags", { ...allowByDefault, flags: ["SECCOMP_FILTER_FLAG_LOG"], syscalls: [errno(["mkdirat"])] }), refused: true },
  seccomp("no architectures", { defaultAction: "SCMP_ACT_ALLOW", syscalls: [errno(["mkdirat"])] }),
  seccomp("a trace action without a tracer", {
    ...allowByDefault,
    syscalls: [{ names: openForAll, action: "SCMP_ACT_TRACE", errnoRet: 5 }],
  }),
];

function traceHook(at: Surroundings, kind: string, more: object = {}) {
  const script = `{ echo "${kind} in $(pwd)"; cat; echo; env | sort; } >> ${at.bundle}/hooks.log`;
  return { path: "/bin/sh", args: ["sh", "-c", script], ...more };
}

const hookCases: Case[] = [
  {
    name: "hooks outside of the container: state, environment, directory",
    patch: (config, at) => {
      config.annotations = { "org.example.a": "1" };
      config.hooks = {
        prestart: [traceHook(at, "prestart", { env: ["A=1"] })],
        createRuntime: [traceHook(at, "createRuntime", { env: [] }), traceHook(at, "createRuntime 2", { env: ["B=2"], timeout: 5 })],
        createContainer: [traceHook(at, "createContainer", { env: ["C=3"] })],
        poststart: [traceHook(at, "poststart", { env: ["D=4"] })],
        poststop: [traceHook(at, "poststop", { env: ["E=5"] })],
      };
    },
  },
  {
    name: "a startContainer hook",
    patch: (config, at) => {
      const script = "{ echo startContainer in $(pwd); cat; echo; env | sort; } >> /mnt/hooks.log";
      config.mounts.push(bind(at.bundle, "/mnt", "bind"));
      config.hooks = { startContainer: [{ path: "/bin/sh", args: ["sh", "-c", script], env: ["A=1"] }, { path: "/bin/true" }] };
    },
  },
  { refused: true, name: "a prestart hook that fails", patch: (config) => (config.hooks = { prestart: [{ path: "/bin/false" }] }) },
  {
    refused: true,
    name: "a createContainer hook that fails",
    patch: (config) => (config.hooks = { createContainer: [{ path: "/bin/false" }] }),
  },
];

const refusedCases: Case[] = [
  { refused: true, name: "refused: no such program", patch: (config) => (config.process.args = ["no-such-program"]) },
  { refused: true, name: "refused: a directory as program", patch: (config) => (config.process.args = ["/tmp"]) },
  { name: "an unknown capability", patch: (config) => (config.process.capabilities.bounding = ["CAP_NOTHING"]) },
  {
    refused: true,
    name: "refused: a bind source that is not there",
    patch: (config) => config.mounts.push(bind("/no/such/source", "/mnt", "bind")),
  },
  { refused: true, name: "refused: a sysctl that has no namespace", patch: (config) => (config.linux.sysctl = { "vm.swappiness": "10" }) },
  {
    refused: true,
    name: "refused: a network sysctl in the host's namespace",
    patch: (config) => (without(config, "network"), (config.linux.sysctl = { "net.ipv4.ip_forward": "1" })),
  },
  { refused: true, name: "refused: a terminal without one to be on", patch: (config) => (config.process.terminal = true) },
];

export const cases: readonly Case[] = [
  ...processCases,
  ...namespaceCases,
  ...mountCases,
  ...deviceCases,
  ...resourceCases,
  ...seccompCases,
  ...hookCases,
  ...refusedCases,
];
