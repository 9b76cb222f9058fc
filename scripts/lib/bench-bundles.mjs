// The containers of the benchmark, as config.json.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** What `runc spec` writes, without a terminal. */
export function benchConfig(rootfs, args) {
  const caps = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];
  const mount = (destination, type, source, ...options) => ({ destination, type, source, options });
  return {
    ociVersion: "1.0.2",
    process: {
      user: { uid: 0, gid: 0 },
      args,
      env: ["PATH=/usr/bin:/bin", "TERM=xterm"],
      cwd: "/",
      capabilities: { bounding: caps, effective: caps, permitted: caps },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: rootfs, readonly: true },
    hostname: "bench",
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
      mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"),
      mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"),
      mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
      mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"),
      mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro"),
    ],
    linux: {
      resources: { devices: [{ allow: false, access: "rwm" }] },
      namespaces: ["pid", "network", "ipc", "uts", "mount"].map((type) => ({ type })),
      maskedPaths: ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/scsi", "/sys/firmware"],
      readonlyPaths: ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
    },
  };
}

export const withSeccomp = (config, seccomp) => ({ ...config, linux: { ...config.linux, seccomp } });

/** As the floor does it: `source` bound `count` times, read-only, to /mnt/0, /mnt/1... of the root file system. */
export function withBinds(config, count, source) {
  const bind = (i) => ({ destination: `/mnt/${i}`, type: "bind", source, options: ["bind", "ro", "nosuid", "nodev", "noexec"] });
  return { ...config, mounts: [...config.mounts, ...Array.from({ length: count }, (_, i) => bind(i))] };
}

export const withMemory = (config, limit) => ({
  ...config,
  linux: { ...config.linux, resources: { ...config.linux.resources, memory: { limit } } },
});

/** Docker's default profile, as Docker 20 hands it to a runtime on x86_64. */
export const dockerProfile = (root) => JSON.parse(readFileSync(join(root, "test/bench/docker-seccomp.json"), "utf8"));

/** `count` rules, each with an argument to compare: their number is what makes a filter long. A filter has at most 4096 instructions. */
export function profileOfRules(count) {
  const names = ["socket", "personality", "keyctl", "ioctl", "prctl", "fcntl", "kcmp", "bpf"];
  const rule = (i) => ({
    names: [names[i % names.length]],
    action: "SCMP_ACT_ERRNO",
    args: [{ index: 1, value: 1_000_000 + i, op: "SCMP_CMP_EQ" }],
  });
  return {
    defaultAction: "SCMP_ACT_ALLOW",
    architectures: ["SCMP_ARCH_X86_64"],
    syscalls: Array.from({ length: count }, (_, i) => rule(i)),
  };
}

/** Writes `directory`/`name`/config.json; returns the bundle's path. */
export function writeBundle(directory, name, config) {
  const bundle = join(directory, name);
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, "config.json"), JSON.stringify(config));
  return bundle;
}
