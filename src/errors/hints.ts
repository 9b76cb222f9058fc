// What to change, where we know it: one sentence a row, the first row that fits wins.
// Engines look for "permission denied", "no such file or directory" and the like in the whole line to choose exit codes
// (survey 3.3, 3.5), so no hint may contain one of these phrases; test/unit/errors/hints.test.ts checks it.

export interface Failure {
  /** The verb of the step: `mount.bind`. */
  readonly verb?: string | undefined;
  /** errno name: `EPERM`. */
  readonly code?: string | undefined;
  readonly call?: string | undefined;
  readonly object?: string | undefined;
  /** The whole message where it is part of the interface (docs/protocol.md, FAIL). */
  readonly text?: string | undefined;
  /** The container has a user namespace, or the runtime is in one. */
  readonly userNamespace?: boolean | undefined;
}

interface Row {
  readonly verbs?: readonly string[];
  readonly codes?: readonly string[];
  readonly when?: (failure: Failure) => boolean;
  readonly hint: (failure: Failure) => string;
}

const mounts = ["mount.prepare", "mount.fs", "mount.bind", "mount.remount", "mount.readonly"];
const cgroupWrites = ["cgroup.write", "cgroup.rules", "cgroup.devices", "cgroup.own"];

/** The call names the source of the bind mount rather than its target. */
const aboutSource = (failure: Failure): boolean => /open_tree|source/.test(failure.call ?? "");
const scriptLike = (failure: Failure): boolean => /^exec /.test(failure.text ?? "");

const aboutIdMap = (failure: Failure): boolean => /MOUNT_ATTR_IDMAP/.test(failure.call ?? "");

const rows: readonly Row[] = [
  {
    verbs: ["mount.prepare"],
    codes: ["EINVAL"],
    when: aboutIdMap,
    hint: () =>
      "this filesystem can not be id-mapped on this kernel (ext4 and xfs since Linux 5.12, btrfs 5.15, overlay 5.19, tmpfs 6.3; procfs, sysfs and the like never), or it is id-mapped already",
  },
  { verbs: ["mount.prepare"], codes: ["ENOSYS"], hint: () => "id-mapped mounts, and mounts for a running container, need Linux 5.12" },
  {
    verbs: ["mount.prepare"],
    codes: ["EPERM"],
    when: aboutIdMap,
    hint: () =>
      "mapping the ids of a mount takes CAP_SYS_ADMIN in the user namespace in which its filesystem was mounted, and maps of another one",
  },
  {
    verbs: mounts,
    codes: ["ENOTDIR", "EISDIR"],
    hint: () =>
      "Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type",
  },
  {
    verbs: ["mount.bind", "mount.prepare"],
    codes: ["ENOENT"],
    when: aboutSource,
    hint: (failure) => `the source of the bind mount is missing on the host${named(failure)}: create it, or correct "source"`,
  },
  {
    verbs: ["mount.fs", "mount.prepare"],
    codes: ["ENODEV"],
    hint: () => 'the kernel has no such filesystem type: load its module, or correct "type"',
  },
  {
    verbs: ["mount.fs", "mount.remount", "mount.prepare"],
    codes: ["EINVAL"],
    hint: () =>
      'the filesystem rejects one of the mount options: compare "options" with what this kernel\'s filesystem knows (dmesg may say which)',
  },
  {
    verbs: [...mounts, "device.node", "path.mask", "path.readonly"],
    codes: ["EPERM"],
    when: (failure) => failure.userNamespace === true,
    hint: () =>
      "inside a user namespace the flags of a host mount (nosuid, nodev, noexec, ro) are locked and only some filesystems can be mounted: keep the flags the source has, or drop the mount",
  },
  {
    verbs: mounts,
    codes: ["EPERM", "EACCES"],
    hint: () =>
      "the runtime needs CAP_SYS_ADMIN in the mount namespace's user namespace; a security module may also refuse the mount (dmesg, audit log)",
  },
  {
    verbs: mounts,
    codes: ["EROFS"],
    hint: () =>
      "the mount target is missing and the filesystem below it is read-only: create the target in the image, or mount something writable there first",
  },
  {
    verbs: ["mount.fs", "mount.bind"],
    codes: ["ELOOP", "EXDEV"],
    hint: () => 'a symbolic link in the target path leads out of the rootfs or in circles: correct "destination" or the image',
  },
  {
    verbs: ["rootfs.enter"],
    codes: ["ENOENT"],
    hint: () => 'the root filesystem is missing: "root.path" is relative to the bundle directory',
  },
  {
    verbs: ["rootfs.enter"],
    codes: ["ENOTDIR", "ELOOP"],
    hint: () => '"root.path" must name a real directory: a symbolic link in its last component is not followed',
  },
  {
    verbs: ["rootfs.pivot"],
    codes: ["EINVAL"],
    hint: () => "pivot_root does not work on an initramfs (rootfs) or a shared parent mount: use --no-pivot",
  },
  {
    verbs: ["cgroup.create"],
    codes: ["EROFS"],
    hint: () => "the cgroup filesystem is read-only here: remount it read-write, or run where cgroups are delegated to you",
  },
  {
    verbs: ["cgroup.create", "cgroup.join", "cgroup.enter", ...cgroupWrites],
    codes: ["EACCES", "EPERM"],
    hint: () => "no right to this cgroup: run as root, or have the cgroup delegated to your user",
  },
  {
    verbs: cgroupWrites,
    codes: ["ENOENT"],
    hint: (failure) => `the cgroup has no such file${controllerOf(failure)}: the controller is not available or not enabled on this host`,
  },
  {
    verbs: cgroupWrites,
    codes: ["EROFS"],
    hint: () => "the cgroup filesystem is read-only here: remount it read-write, or drop the limit",
  },
  {
    verbs: ["cgroup.join", "cgroup.enter", "process.clone", "init.spawn"],
    codes: ["ENOSPC"],
    hint: () => "the cpuset of this cgroup has no cpus or no mems: set linux.resources.cpu.cpus and mems, or those of the parent cgroup",
  },
  {
    verbs: ["cgroup.create"],
    codes: ["ENOSPC"],
    hint: () => "the limit of cgroups is reached (cgroup.max.descendants, or too many dying cgroups)",
  },
  {
    verbs: ["cgroup.write"],
    codes: ["EINVAL", "ERANGE"],
    hint: () => "the kernel rejects this value: it is out of range, or contradicts the parent cgroup's limits",
  },
  { verbs: ["cgroup.write"], codes: ["EBUSY"], hint: () => "the limit is below what is already in use" },
  {
    verbs: ["ns.unshare", "process.clone", "init.spawn"],
    codes: ["ENOSPC", "EUSERS"],
    hint: () => "the limit of namespaces is reached: see /proc/sys/user/max_*_namespaces",
  },
  {
    verbs: ["ns.unshare", "process.clone", "init.spawn"],
    codes: ["EPERM"],
    hint: () => "no right to create these namespaces: run as root, or add a user namespace (and allow unprivileged ones on this host)",
  },
  {
    verbs: ["ns.unshare", "process.clone", "init.spawn"],
    codes: ["EINVAL"],
    hint: () => "this kernel lacks one of the namespace types asked for",
  },
  {
    verbs: ["process.clone", "init.spawn"],
    codes: ["EAGAIN"],
    hint: () =>
      "a process limit is reached: pids.max of the cgroup (linux.resources.pids.limit), RLIMIT_NPROC of the user, or kernel.pid_max",
  },
  {
    verbs: ["idmap.write"],
    codes: ["EPERM"],
    hint: () => "the id mapping asks for ids the caller may not map: see /etc/subuid and /etc/subgid",
  },
  {
    verbs: ["oom.write", "rlimit.set"],
    codes: ["EACCES", "EPERM"],
    hint: () => "going below the inherited value (oom_score_adj) or above the hard limit (rlimit) needs CAP_SYS_RESOURCE",
  },
  {
    verbs: ["netdev.move"],
    codes: ["ENODEV"],
    hint: () => "the runtime's network namespace has no device of this name: make it first",
  },
  {
    verbs: ["netdev.move"],
    codes: ["EEXIST"],
    hint: () => 'the container has a device of this name: give it another one in "name", or a template such as eth%d',
  },
  {
    verbs: ["netdev.move"],
    codes: ["EINVAL", "EOPNOTSUPP"],
    hint: () => "the kernel moves no device that is bound to its namespace, such as lo",
  },
  {
    verbs: ["sched.set"],
    codes: ["EPERM"],
    hint: () =>
      "real-time policies need CAP_SYS_NICE and, in a cgroup v1 hierarchy with real-time group scheduling, linux.resources.cpu.realtimeRuntime above 0; SCHED_DEADLINE must be allowed on all CPUs",
  },
  {
    verbs: ["sched.set"],
    codes: ["EBUSY"],
    hint: () => "too much of the CPUs is promised to SCHED_DEADLINE already: ask for less runtime, or a longer period",
  },
  {
    verbs: ["sched.io"],
    codes: ["EPERM"],
    hint: () => "the real-time class of I/O needs CAP_SYS_NICE or CAP_SYS_ADMIN",
  },
  {
    verbs: ["memory.policy"],
    codes: ["EINVAL"],
    hint: () =>
      "the host has none of these memory nodes, or the cpuset (linux.resources.cpu.mems) allows none, or the kernel lacks the mode",
  },
  {
    verbs: ["label.apparmor"],
    codes: ["ENOENT", "EINVAL"],
    hint: () => "the kernel knows no profile of this name: load the profile first (apparmor_parser)",
  },
  {
    verbs: ["label.selinux"],
    codes: ["EINVAL", "EACCES"],
    hint: () => "the policy of the host knows no such label, or does not let the runtime give it",
  },
  {
    verbs: ["console.connect"],
    codes: ["ECONNREFUSED", "ENOENT"],
    hint: () => "nobody listens on the console socket",
  },
  {
    verbs: ["seccomp.load", "seccomp.compile"],
    codes: ["EINVAL", "ENOSYS"],
    hint: () => "the kernel was built without seccomp filters, or lacks one of the flags",
  },
  {
    verbs: ["sysctl.write"],
    codes: ["ENOENT"],
    hint: () => "this kernel has no such sysctl, or its module is not loaded",
  },
  { verbs: ["sysctl.write"], codes: ["EINVAL", "ERANGE"], hint: () => "the kernel rejects this value of the sysctl" },
  {
    verbs: ["process.exec"],
    codes: ["ENOENT"],
    when: scriptLike,
    hint: () =>
      "the program is there, but what it needs to start is missing in the image: the interpreter of its first line (#!), or its ELF loader (a glibc program in a musl image)",
  },
  {
    verbs: ["process.exec"],
    codes: ["ENOEXEC"],
    hint: () => "built for another architecture, or a script without a first line that names its interpreter (#!)",
  },
  {
    verbs: ["process.exec", "process.lookup"],
    codes: ["EACCES"],
    hint: () => "the file needs an execute bit for the container's user, and must not be on a mount with the option noexec",
  },
  {
    verbs: ["process.exec"],
    codes: ["EPERM"],
    hint: () => "a seccomp profile or security module forbids execve",
  },
  {
    verbs: ["process.cwd"],
    codes: ["EACCES", "EPERM"],
    hint: () => "the container's user may not enter process.cwd",
  },
];

function named(failure: Failure): string {
  return failure.object ? ` (${failure.object})` : "";
}

function controllerOf(failure: Failure): string {
  const file = (failure.object ?? "").split("/").pop() ?? "";
  const controller = file.split(".")[0];
  return controller && file.includes(".") ? ` of controller "${controller}"` : "";
}

/** The sentence that says what to change, or undefined where we do not know better than the kernel. */
export function hintFor(failure: Failure): string | undefined {
  for (const row of rows) {
    if (row.verbs && !row.verbs.includes(failure.verb ?? "")) continue;
    if (row.codes && !row.codes.includes(failure.code ?? "")) continue;
    if (row.when && !row.when(failure)) continue;
    return row.hint(failure);
  }
  return undefined;
}

/** Every hint that can be printed, for the test of the forbidden phrases. */
export function allHints(): string[] {
  return rows.map((row) => row.hint({ object: "/sys/fs/cgroup/memory/x/memory.limit_in_bytes" }));
}
