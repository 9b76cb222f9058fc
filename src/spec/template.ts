// What `tsrunc spec` writes: the starting point that runc gives since 1.3 (survey 6.1 #8), key order included.
import type { Config, Linux, Mount, Namespace } from "./config.js";

export interface TemplateOptions {
  readonly rootless: boolean;
  /** Ids that become root of the user namespace (`rootless`). */
  readonly euid: number;
  readonly egid: number;
  /** /sys/fs/cgroup is cgroup v2: the container gets a cgroup namespace. */
  readonly cgroup2: boolean;
}

const capabilities = ["CAP_AUDIT_WRITE", "CAP_KILL", "CAP_NET_BIND_SERVICE"];

const mounts: readonly Mount[] = [
  { destination: "/proc", type: "proc", source: "proc" },
  { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  { destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"] },
  { destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] },
  { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", "ro"] },
  { destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", "ro"] },
];

// Kernel memory, keys and logs of the host, and ways to slow it down.
const maskedPaths = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/proc/sched_debug",
  "/sys/firmware",
  "/proc/scsi",
];
const readonlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** A config.json that runs `sh` in ./rootfs on a terminal. */
export function specTemplate(options: TemplateOptions): Config {
  return {
    ociVersion: "1.3.0",
    process: {
      terminal: true,
      user: { uid: 0, gid: 0 },
      args: ["sh"],
      env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm"],
      cwd: "/",
      // No inheritable and no ambient set: CVE-2022-24769.
      capabilities: { bounding: [...capabilities], effective: [...capabilities], permitted: [...capabilities] },
      rlimits: [{ type: "RLIMIT_NOFILE", hard: 1024, soft: 1024 }],
      noNewPrivileges: true,
    },
    root: { path: "rootfs", readonly: true },
    hostname: "tsrunc",
    mounts: options.rootless ? mounts.map(rootlessMount) : structuredCopy(mounts),
    linux: linux(options),
  };
}

function linux({ rootless, euid, egid, cgroup2 }: TemplateOptions): Linux {
  const kinds: Namespace["type"][] = ["pid", "network", "ipc", "uts", "mount"];
  if (cgroup2) kinds.push("cgroup");
  const namespaces = [...kinds.filter((kind) => !rootless || kind !== "network"), ...(rootless ? (["user"] as const) : [])];
  return {
    ...(rootless
      ? { uidMappings: [{ containerID: 0, hostID: euid, size: 1 }], gidMappings: [{ containerID: 0, hostID: egid, size: 1 }] }
      : { resources: { devices: [{ allow: false, access: "rwm" }] } }),
    namespaces: namespaces.map((type) => ({ type })),
    maskedPaths: [...maskedPaths],
    readonlyPaths: [...readonlyPaths],
  };
}

/** A user cannot mount a sysfs of a network namespace that is not the container's own, and has no id for group tty. */
function rootlessMount(mount: Mount): Mount {
  if (mount.destination === "/sys") {
    return { destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", "ro"] };
  }
  if (mount.options === undefined) return { ...mount };
  return { ...mount, options: mount.options.filter((option) => !/^[ug]id=/.test(option)) };
}

function structuredCopy(list: readonly Mount[]): Mount[] {
  return list.map((mount) => ({ ...mount, ...(mount.options && { options: [...mount.options] }) }));
}
