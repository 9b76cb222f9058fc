// Numbers of the kernel's interface, x86_64 and arm64 alike (include/uapi/linux/{mount,sched,stat,errno}.h).

/** Flags of mount(2). */
export const MS = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  SYNCHRONOUS: 0x10,
  REMOUNT: 0x20,
  MANDLOCK: 0x40,
  DIRSYNC: 0x80,
  NOSYMFOLLOW: 0x100,
  NOATIME: 0x400,
  NODIRATIME: 0x800,
  BIND: 0x1000,
  REC: 0x4000,
  SILENT: 0x8000,
  UNBINDABLE: 0x20000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  RELATIME: 0x200000,
  I_VERSION: 0x800000,
  STRICTATIME: 0x1000000,
  LAZYTIME: 0x2000000,
} as const;

/** Attributes of mount_setattr(2). RELATIME is 0: the absence of the other values of the ATIME field. */
export const MOUNT_ATTR = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  RELATIME: 0x0,
  NOATIME: 0x10,
  STRICTATIME: 0x20,
  ATIME: 0x70,
  NODIRATIME: 0x80,
  NOSYMFOLLOW: 0x200000,
} as const;

/** Namespaces as flags of clone(2), by their name in config.json. */
export const CLONE_NEW = {
  time: 0x80,
  mount: 0x20000,
  cgroup: 0x2000000,
  uts: 0x4000000,
  ipc: 0x8000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
} as const;

/** File types of mknod(2). */
export const S_IF = { FIFO: 0o010000, CHR: 0o020000, BLK: 0o060000 } as const;

/** The bits of a mode that chmod(2) sets; the kernel ignores all others. */
export const S_IALLUGO = 0o7777;

export const errno = { EPERM: 1, ENOENT: 2, EACCES: 13, EBUSY: 16, EINVAL: 22, EROFS: 30, ENOSYS: 38 } as const;

/** RLIMIT_* of setrlimit(2), in the kernel's order: the index is the number. */
export const rlimitNames = [
  "RLIMIT_CPU",
  "RLIMIT_FSIZE",
  "RLIMIT_DATA",
  "RLIMIT_STACK",
  "RLIMIT_CORE",
  "RLIMIT_RSS",
  "RLIMIT_NPROC",
  "RLIMIT_NOFILE",
  "RLIMIT_MEMLOCK",
  "RLIMIT_AS",
  "RLIMIT_LOCKS",
  "RLIMIT_SIGPENDING",
  "RLIMIT_MSGQUEUE",
  "RLIMIT_NICE",
  "RLIMIT_RTPRIO",
  "RLIMIT_RTTIME",
] as const;

/** Permissions of a key (keyctl_setperm(3), the kernel's linux/key.h): found by processes of the same user, by any. */
export const KEY_USR_SEARCH = 0x00080000;
export const KEY_OTH_SEARCH = 0x00000008;

/** SCHED_* of sched_setattr(2): the index is the number. */
export const schedulingPolicies = [
  "SCHED_OTHER",
  "SCHED_FIFO",
  "SCHED_RR",
  "SCHED_BATCH",
  "SCHED_ISO",
  "SCHED_IDLE",
  "SCHED_DEADLINE",
] as const;

/** Bits of sched_attr.sched_flags, in their order. */
export const schedulingFlags = [
  "SCHED_FLAG_RESET_ON_FORK",
  "SCHED_FLAG_RECLAIM",
  "SCHED_FLAG_DL_OVERRUN",
  "SCHED_FLAG_KEEP_POLICY",
  "SCHED_FLAG_KEEP_PARAMS",
  "SCHED_FLAG_UTIL_CLAMP_MIN",
  "SCHED_FLAG_UTIL_CLAMP_MAX",
] as const;

/** IOPRIO_CLASS_* of ioprio_set(2): the index is the number. */
export const ioPriorityClasses = ["IOPRIO_CLASS_NONE", "IOPRIO_CLASS_RT", "IOPRIO_CLASS_BE", "IOPRIO_CLASS_IDLE"] as const;

/** MPOL_* of set_mempolicy(2): the index is the number. */
export const memoryPolicyModes = [
  "MPOL_DEFAULT",
  "MPOL_PREFERRED",
  "MPOL_BIND",
  "MPOL_INTERLEAVE",
  "MPOL_LOCAL",
  "MPOL_PREFERRED_MANY",
  "MPOL_WEIGHTED_INTERLEAVE",
] as const;

/** Flags beside the mode (linux/mempolicy.h). */
export const memoryPolicyFlags = { MPOL_F_STATIC_NODES: 0x8000, MPOL_F_RELATIVE_NODES: 0x4000, MPOL_F_NUMA_BALANCING: 0x2000 } as const;

/** personality(2): LINUX32 makes uname(2) say a 32-bit machine. */
export const personalities = { LINUX: 0, LINUX32: 8 } as const;
