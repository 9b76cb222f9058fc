// Generated from spec-schemas/config.json by scripts/gen-spec.mjs. Do not edit.
// source: 08c8bb10031bad4555f09bdb966a3d01
import type { Int64 } from "./json.js";

/**
 * Kind of a namespace (namespaces(7)).
 */
export type NamespaceType = "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";
/**
 * A flag of seccomp(2).
 */
export type SeccompFlag =
  "SECCOMP_FILTER_FLAG_LOG" | "SECCOMP_FILTER_FLAG_SPEC_ALLOW" | "SECCOMP_FILTER_FLAG_TSYNC" | "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV";
/**
 * An architecture of libseccomp.
 */
export type SeccompArch =
  | "SCMP_ARCH_AARCH64"
  | "SCMP_ARCH_ARM"
  | "SCMP_ARCH_LOONGARCH64"
  | "SCMP_ARCH_M68K"
  | "SCMP_ARCH_MIPS"
  | "SCMP_ARCH_MIPS64"
  | "SCMP_ARCH_MIPS64N32"
  | "SCMP_ARCH_MIPSEL"
  | "SCMP_ARCH_MIPSEL64"
  | "SCMP_ARCH_MIPSEL64N32"
  | "SCMP_ARCH_PARISC"
  | "SCMP_ARCH_PARISC64"
  | "SCMP_ARCH_PPC"
  | "SCMP_ARCH_PPC64"
  | "SCMP_ARCH_PPC64LE"
  | "SCMP_ARCH_RISCV64"
  | "SCMP_ARCH_S390"
  | "SCMP_ARCH_S390X"
  | "SCMP_ARCH_SH"
  | "SCMP_ARCH_SHEB"
  | "SCMP_ARCH_X32"
  | "SCMP_ARCH_X86"
  | "SCMP_ARCH_X86_64";
/**
 * What happens to a system call.
 */
export type SeccompAction =
  | "SCMP_ACT_ALLOW"
  | "SCMP_ACT_ERRNO"
  | "SCMP_ACT_KILL"
  | "SCMP_ACT_KILL_PROCESS"
  | "SCMP_ACT_KILL_THREAD"
  | "SCMP_ACT_LOG"
  | "SCMP_ACT_NOTIFY"
  | "SCMP_ACT_TRACE"
  | "SCMP_ACT_TRAP";
/**
 * A comparison.
 */
export type SeccompOperator =
  "SCMP_CMP_EQ" | "SCMP_CMP_NE" | "SCMP_CMP_LT" | "SCMP_CMP_LE" | "SCMP_CMP_GT" | "SCMP_CMP_GE" | "SCMP_CMP_MASKED_EQ";
/**
 * How a jail has something it must have.
 */
export type JailShare = "new" | "inherit";
/**
 * How a jail has something.
 */
export type JailMode = "disable" | "new" | "inherit";

/**
 * config.json of a bundle: what a container is (OCI runtime-spec 1.3). Unknown properties are ignored.
 */
export interface Config {
  /**
   * Version of the runtime-spec that this file follows.
   */
  ociVersion: string;
  process?: Process;
  root?: Root;
  /**
   * Host name of the container.
   */
  hostname?: string;
  /**
   * NIS domain name of the container.
   */
  domainname?: string;
  /**
   * Mounts beside the root, in the order in which they are made.
   */
  mounts?: Mount[];
  hooks?: Hooks;
  /**
   * Whatever the caller wants to note.
   */
  annotations?: Record<string, string>;
  linux?: Linux;
  vm?: VM;
  windows?: Windows;
  solaris?: Solaris;
  zos?: ZOS;
  freebsd?: FreeBSD;
}
/**
 * The container's program and how it runs.
 */
export interface Process {
  /**
   * Give it a pseudoterminal as standard input, output and error.
   */
  terminal?: boolean;
  consoleSize?: ConsoleSize;
  user?: User;
  /**
   * The program, looked up in PATH, and its arguments.
   */
  args?: string[];
  /**
   * Windows only.
   */
  commandLine?: string;
  /**
   * Its environment, NAME=VALUE.
   */
  env?: string[];
  /**
   * Its working directory, an absolute path; made if missing.
   */
  cwd: string;
  capabilities?: Capabilities;
  /**
   * Resource limits (setrlimit(2)), each type once.
   */
  rlimits?: Rlimit[];
  /**
   * Set no_new_privs: setuid programs and file capabilities give nothing (prctl(2)).
   */
  noNewPrivileges?: boolean;
  /**
   * Value of /proc/PID/oom_score_adj; absent: left as inherited.
   */
  oomScoreAdj?: number;
  /**
   * AppArmor profile of the program.
   */
  apparmorProfile?: string;
  /**
   * SELinux label of the program.
   */
  selinuxLabel?: string;
  scheduler?: Scheduler;
  ioPriority?: IOPriority;
  execCPUAffinity?: CPUAffinity;
}
/**
 * Size of the terminal in characters; used only with `terminal` and if neither is 0.
 */
export interface ConsoleSize {
  /**
   * Rows.
   */
  height: Int64;
  /**
   * Columns.
   */
  width: Int64;
}
/**
 * Ids of the program, as seen inside the container.
 */
export interface User {
  /**
   * User id; 0 if absent.
   */
  uid?: number;
  /**
   * Group id; 0 if absent.
   */
  gid?: number;
  /**
   * File mode creation mask (umask(2)); absent: 0022.
   */
  umask?: number;
  /**
   * Supplementary groups; they replace the inherited ones.
   */
  additionalGids?: number[];
  /**
   * Windows only.
   */
  username?: string;
}
/**
 * Capability sets (capabilities(7)), by names such as CAP_KILL. A set that is absent is empty.
 */
export interface Capabilities {
  /**
   * What execve(2) can ever give.
   */
  bounding?: string[];
  /**
   * What the program may make effective.
   */
  permitted?: string[];
  /**
   * What the kernel checks.
   */
  effective?: string[];
  /**
   * What is kept over execve(2) of files that inherit it.
   */
  inheritable?: string[];
  /**
   * What is kept over execve(2) of ordinary files.
   */
  ambient?: string[];
}
/**
 * One resource limit.
 */
export interface Rlimit {
  /**
   * Name of the resource: RLIMIT_NOFILE.
   */
  type: string;
  /**
   * The limit that counts; 18446744073709551615 is none.
   */
  soft: Int64;
  /**
   * How far the program may raise it.
   */
  hard: Int64;
}
/**
 * Scheduling policy and parameters (sched_setattr(2)).
 */
export interface Scheduler {
  /**
   * Scheduling policy.
   */
  policy: "SCHED_OTHER" | "SCHED_BATCH" | "SCHED_IDLE" | "SCHED_FIFO" | "SCHED_RR" | "SCHED_ISO" | "SCHED_DEADLINE";
  /**
   * Nice value for SCHED_OTHER and SCHED_BATCH.
   */
  nice?: number;
  /**
   * Static priority for SCHED_FIFO and SCHED_RR.
   */
  priority?: number;
  /**
   * Flags of sched_setattr(2).
   *
   * Items: Flag of sched_setattr(2).
   */
  flags?: (
    | "SCHED_FLAG_RESET_ON_FORK"
    | "SCHED_FLAG_RECLAIM"
    | "SCHED_FLAG_DL_OVERRUN"
    | "SCHED_FLAG_KEEP_POLICY"
    | "SCHED_FLAG_KEEP_PARAMS"
    | "SCHED_FLAG_UTIL_CLAMP_MIN"
    | "SCHED_FLAG_UTIL_CLAMP_MAX"
  )[];
  /**
   * SCHED_DEADLINE: nanoseconds of CPU time a period.
   */
  runtime?: Int64;
  /**
   * SCHED_DEADLINE: nanoseconds until it must be done.
   */
  deadline?: Int64;
  /**
   * SCHED_DEADLINE: length of a period in nanoseconds.
   */
  period?: Int64;
}
/**
 * I/O priority (ioprio_set(2)).
 */
export interface IOPriority {
  /**
   * Class: real time, best effort, idle.
   */
  class: "IOPRIO_CLASS_RT" | "IOPRIO_CLASS_BE" | "IOPRIO_CLASS_IDLE";
  /**
   * 0 (highest) to 7 within the class.
   */
  priority?: number;
}
/**
 * CPUs on which a process runs that `exec` adds: lists such as 0-3,7.
 */
export interface CPUAffinity {
  /**
   * While it is set up.
   */
  initial?: string;
  /**
   * From when it is in the container's cgroup.
   */
  final?: string;
}
/**
 * The container's root filesystem.
 */
export interface Root {
  /**
   * Its directory: absolute, or relative to the bundle.
   */
  path: string;
  /**
   * Mount it read-only inside the container, after everything else is set up.
   */
  readonly?: boolean;
}
/**
 * One mount, made in the order of the list.
 */
export interface Mount {
  /**
   * Where in the container. A relative path is taken from `/` (deprecated).
   */
  destination: string;
  /**
   * Device, file or directory on the host, or a dummy name. Relative paths of bind mounts are taken from the bundle.
   */
  source?: string;
  /**
   * Filesystem type as in /proc/filesystems; ignored for bind mounts.
   */
  type?: string;
  /**
   * Mount options: flags, propagation (`rslave`), recursive attributes (`rro`), `bind`/`rbind`; all others go to the filesystem.
   */
  options?: string[];
  /**
   * User ids of the source as seen through an id-mapped mount.
   */
  uidMappings?: IDMapping[];
  /**
   * Group ids of the source as seen through an id-mapped mount.
   */
  gidMappings?: IDMapping[];
}
/**
 * A range of ids in a user namespace and where it lies outside (user_namespaces(7)).
 */
export interface IDMapping {
  /**
   * First id inside.
   */
  containerID: number;
  /**
   * First id outside.
   */
  hostID: number;
  /**
   * How many.
   */
  size: number;
}
/**
 * Programs called at fixed points of the container's life, with its state on standard input.
 */
export interface Hooks {
  /**
   * Deprecated: as createRuntime, before it.
   */
  prestart?: Hook[];
  /**
   * In `create`, in the runtime's namespaces, before pivot_root.
   */
  createRuntime?: Hook[];
  /**
   * In `create`, in the container's namespaces, before pivot_root.
   */
  createContainer?: Hook[];
  /**
   * In `start`, in the container, before its program.
   */
  startContainer?: Hook[];
  /**
   * In `start`, after the program was started.
   */
  poststart?: Hook[];
  /**
   * In `delete`, after the container is gone.
   */
  poststop?: Hook[];
}
/**
 * One hook.
 */
export interface Hook {
  /**
   * Absolute path of the program, in the runtime's mount namespace (startContainer: in the container's).
   */
  path: string;
  /**
   * All of its arguments, the name it is called by first.
   */
  args?: string[];
  /**
   * Its environment, NAME=VALUE; absent: the runtime's.
   */
  env?: string[];
  /**
   * Seconds after which it is killed and has failed.
   */
  timeout?: number;
}
/**
 * What is particular to Linux.
 */
export interface Linux {
  /**
   * Namespaces made or joined; of a type that is not listed the container shares the runtime's.
   */
  namespaces?: Namespace[];
  /**
   * User ids of the new user namespace.
   */
  uidMappings?: IDMapping[];
  /**
   * Group ids of the new user namespace.
   */
  gidMappings?: IDMapping[];
  timeOffsets?: TimeOffsets;
  /**
   * Device nodes that must exist in the container, beside /dev/null and its kin.
   */
  devices?: Device[];
  /**
   * Network devices of the host to move into the container, by their name there.
   */
  netDevices?: {
    [k: string]: NetDevice;
  };
  /**
   * The container's cgroup: a path, or slice:prefix:name for systemd.
   */
  cgroupsPath?: string;
  resources?: Resources;
  /**
   * Mount propagation of the root. Engines also send the recursive forms, which the schema of the OCI does not allow.
   */
  rootfsPropagation?: "private" | "shared" | "slave" | "unbindable" | "rprivate" | "rshared" | "rslave" | "runbindable";
  seccomp?: Seccomp;
  /**
   * Kernel parameters of the container's namespaces: names of sysctl(8) and values.
   */
  sysctl?: Record<string, string>;
  /**
   * Paths in the container that can not be read.
   */
  maskedPaths?: string[];
  /**
   * Paths in the container that can not be written.
   */
  readonlyPaths?: string[];
  /**
   * SELinux label of the mounts.
   */
  mountLabel?: string;
  intelRdt?: IntelRdt;
  memoryPolicy?: MemoryPolicy;
  personality?: Personality;
}
/**
 * One namespace.
 */
export interface Namespace {
  type: NamespaceType;
  /**
   * File of the namespace to join; absent or empty: a new one.
   */
  path?: string;
}
/**
 * What the clocks of the new time namespace are ahead of the host's (time_namespaces(7)).
 */
export interface TimeOffsets {
  boottime?: TimeOffset;
  monotonic?: TimeOffset1;
}
/**
 * CLOCK_BOOTTIME.
 */
export interface TimeOffset {
  /**
   * Seconds.
   */
  secs?: Int64;
  /**
   * Nanoseconds to add.
   */
  nanosecs?: number;
}
/**
 * CLOCK_MONOTONIC.
 */
export interface TimeOffset1 {
  /**
   * Seconds.
   */
  secs?: Int64;
  /**
   * Nanoseconds to add.
   */
  nanosecs?: number;
}
/**
 * A device node of the container.
 */
export interface Device {
  /**
   * c or u: character device, b: block device, p: FIFO.
   */
  type: string;
  /**
   * Full path in the container.
   */
  path: string;
  /**
   * Major number; unused for a FIFO.
   */
  major?: Int64;
  /**
   * Minor number; unused for a FIFO.
   */
  minor?: Int64;
  fileMode?: number;
  /**
   * Owner in the container.
   */
  uid?: number;
  /**
   * Group in the container.
   */
  gid?: number;
}
/**
 * How a moved network device is called.
 */
export interface NetDevice {
  /**
   * Name in the container; absent: as on the host.
   */
  name?: string;
}
/**
 * Limits of the container's cgroup.
 */
export interface Resources {
  /**
   * cgroup v2: file names and what is written to them, after all else.
   */
  unified?: Record<string, string>;
  /**
   * Which devices may be used; later rules win.
   */
  devices?: DeviceRule[];
  /**
   * Number of processes and threads.
   */
  pids?: {
    /**
     * At most so many; negative: no limit.
     */
    limit: Int64;
  };
  blockIO?: BlockIO;
  cpu?: CPU;
  /**
   * Limits of huge pages, by their size.
   */
  hugepageLimits?: HugepageLimit[];
  memory?: Memory;
  network?: NetworkResources;
  /**
   * Limits of RDMA devices, by device.
   */
  rdma?: {
    [k: string]: Rdma;
  };
}
/**
 * One rule of the device allow list.
 */
export interface DeviceRule {
  /**
   * Allow or deny.
   */
  allow: boolean;
  /**
   * a: all (also if absent), c: character, b: block.
   */
  type?: string;
  /**
   * Major number; absent: all.
   */
  major?: Int64;
  /**
   * Minor number; absent: all.
   */
  minor?: Int64;
  /**
   * Any of r (read), w (write), m (mknod).
   */
  access?: string;
}
/**
 * Limits of block devices.
 */
export interface BlockIO {
  /**
   * Share of the bandwidth, 10 to 1000.
   */
  weight?: number;
  /**
   * The same for tasks against child cgroups (cgroup v1).
   */
  leafWeight?: number;
  /**
   * Weights of single devices.
   */
  weightDevice?: WeightDevice[];
  /**
   * Bytes read a second.
   */
  throttleReadBpsDevice?: ThrottleDevice[];
  /**
   * Bytes written a second.
   */
  throttleWriteBpsDevice?: ThrottleDevice[];
  /**
   * Reads a second.
   */
  throttleReadIOPSDevice?: ThrottleDevice[];
  /**
   * Writes a second.
   */
  throttleWriteIOPSDevice?: ThrottleDevice[];
}
/**
 * Weight of one block device.
 */
export interface WeightDevice {
  /**
   * Major number.
   */
  major: Int64;
  /**
   * Minor number.
   */
  minor: Int64;
  /**
   * Its weight.
   */
  weight?: number;
  /**
   * Its leaf weight (cgroup v1).
   */
  leafWeight?: number;
}
/**
 * Rate of one block device.
 */
export interface ThrottleDevice {
  /**
   * Major number.
   */
  major: Int64;
  /**
   * Minor number.
   */
  minor: Int64;
  /**
   * Upper limit.
   */
  rate?: Int64;
}
/**
 * CPU time and which CPUs.
 */
export interface CPU {
  /**
   * Share of the CPU time against other cgroups.
   */
  shares?: Int64;
  /**
   * Microseconds of CPU time in a period; negative: no limit.
   */
  quota?: Int64;
  /**
   * Microseconds that unused quota may add up to.
   */
  burst?: Int64;
  /**
   * Length of a period in microseconds.
   */
  period?: Int64;
  /**
   * Microseconds of a period for real-time tasks (cgroup v1).
   */
  realtimeRuntime?: Int64;
  /**
   * Length of a real-time period in microseconds (cgroup v1).
   */
  realtimePeriod?: Int64;
  /**
   * CPUs that may be used: 0-3,7.
   */
  cpus?: string;
  /**
   * Memory nodes that may be used: 0-1.
   */
  mems?: string;
  /**
   * 1: schedule like SCHED_IDLE.
   */
  idle?: Int64;
}
/**
 * Limit of the huge pages of one size.
 */
export interface HugepageLimit {
  /**
   * Size of a page: 2MB.
   */
  pageSize: string;
  /**
   * At most so many bytes.
   */
  limit: Int64;
}
/**
 * Memory limits in bytes; -1 is no limit.
 */
export interface Memory {
  /**
   * Most memory.
   */
  limit?: Int64;
  /**
   * Soft limit, for when memory is short.
   */
  reservation?: Int64;
  /**
   * Most memory and swap together.
   */
  swap?: Int64;
  /**
   * Most kernel memory (cgroup v1, gone from Linux).
   */
  kernel?: Int64;
  /**
   * Most memory of TCP buffers (cgroup v1).
   */
  kernelTCP?: Int64;
  /**
   * 0 to 100: how eagerly to swap (cgroup v1).
   */
  swappiness?: Int64;
  /**
   * Let tasks wait instead of killing them (cgroup v1).
   */
  disableOOMKiller?: boolean;
  /**
   * Count child cgroups (cgroup v1).
   */
  useHierarchy?: boolean;
  /**
   * Refuse an update below what is in use.
   */
  checkBeforeUpdate?: boolean;
}
/**
 * Marks and priorities of packets (cgroup v1).
 */
export interface NetworkResources {
  /**
   * Class of net_cls.
   */
  classID?: number;
  /**
   * Priorities of net_prio.
   */
  priorities?: InterfacePriority[];
}
/**
 * Priority of the packets on one interface.
 */
export interface InterfacePriority {
  /**
   * The interface.
   */
  name: string;
  /**
   * The priority.
   */
  priority: number;
}
/**
 * Limits of one RDMA device.
 */
export interface Rdma {
  /**
   * Open handles.
   */
  hcaHandles?: number;
  /**
   * Objects.
   */
  hcaObjects?: number;
}
/**
 * Filter of system calls (seccomp(2)).
 */
export interface Seccomp {
  /**
   * For calls that no rule names.
   */
  defaultAction:
    | "SCMP_ACT_ALLOW"
    | "SCMP_ACT_ERRNO"
    | "SCMP_ACT_KILL"
    | "SCMP_ACT_KILL_PROCESS"
    | "SCMP_ACT_KILL_THREAD"
    | "SCMP_ACT_LOG"
    | "SCMP_ACT_NOTIFY"
    | "SCMP_ACT_TRACE"
    | "SCMP_ACT_TRAP";
  /**
   * errno of the default action.
   */
  defaultErrnoRet?: number;
  /**
   * Flags of seccomp(2).
   */
  flags?: SeccompFlag[];
  /**
   * Architectures beside the native one.
   */
  architectures?: SeccompArch[];
  /**
   * Socket that is sent the descriptor of SCMP_ACT_NOTIFY.
   */
  listenerPath?: string;
  /**
   * Text that is sent with it.
   */
  listenerMetadata?: string;
  /**
   * Rules.
   */
  syscalls?: SeccompRule[];
}
/**
 * What is done for some system calls.
 */
export interface SeccompRule {
  /**
   * The calls; names that are unknown here are left out.
   */
  names: string[];
  action: SeccompAction;
  /**
   * errno for SCMP_ACT_ERRNO, message for SCMP_ACT_TRACE.
   */
  errnoRet?: number;
  /**
   * Conditions that must all hold.
   */
  args?: SeccompArg[];
}
/**
 * Condition on one argument of a system call.
 */
export interface SeccompArg {
  /**
   * Which argument, from 0.
   */
  index: number;
  /**
   * What it is compared with; the mask for SCMP_CMP_MASKED_EQ.
   */
  value: Int64;
  /**
   * The masked value for SCMP_CMP_MASKED_EQ.
   */
  valueTwo?: Int64;
  op: SeccompOperator;
}
/**
 * Cache and memory bandwidth by Intel RDT.
 */
export interface IntelRdt {
  /**
   * Class of service.
   */
  closID?: string;
  /**
   * Lines of the group's schemata file.
   */
  schemata?: string[];
  /**
   * L3 cache schema.
   */
  l3CacheSchema?: string;
  /**
   * Memory bandwidth schema.
   */
  memBwSchema?: string;
  /**
   * Make a monitoring group.
   */
  enableMonitoring?: boolean;
}
/**
 * NUMA memory policy (set_mempolicy(2)).
 */
export interface MemoryPolicy {
  /**
   * Policy.
   */
  mode?:
    "MPOL_DEFAULT" | "MPOL_BIND" | "MPOL_INTERLEAVE" | "MPOL_WEIGHTED_INTERLEAVE" | "MPOL_PREFERRED" | "MPOL_PREFERRED_MANY" | "MPOL_LOCAL";
  /**
   * Memory nodes: 0-1.
   */
  nodes?: string;
  /**
   * Flags of the policy.
   *
   * Items: Flag of the policy.
   */
  flags?: ("MPOL_F_NUMA_BALANCING" | "MPOL_F_RELATIVE_NODES" | "MPOL_F_STATIC_NODES")[];
}
/**
 * Execution domain (personality(2)).
 */
export interface Personality {
  /**
   * LINUX, or LINUX32 for a 32-bit uname.
   */
  domain?: "LINUX" | "LINUX32";
  /**
   * Flags of the domain.
   */
  flags?: string[];
}
/**
 * Container in a virtual machine; not for this runtime.
 */
export interface VM {
  /**
   * The hypervisor.
   */
  hypervisor?: {
    /**
     * Its program.
     */
    path: string;
    /**
     * Its arguments.
     */
    parameters?: string[];
  };
  /**
   * The kernel.
   */
  kernel: {
    /**
     * Its image.
     */
    path: string;
    /**
     * Its command line.
     */
    parameters?: string[];
    /**
     * Its initial ramdisk.
     */
    initrd?: string;
  };
  /**
   * The root image.
   */
  image?: {
    /**
     * Its file.
     */
    path: string;
    /**
     * Its format.
     */
    format: "raw" | "qcow2" | "vdi" | "vmdk" | "vhd";
  };
  /**
   * The virtual hardware.
   */
  hwConfig?: {
    /**
     * Device tree file.
     */
    deviceTree?: string;
    /**
     * Virtual CPUs.
     */
    vcpus?: number;
    /**
     * Bytes of memory.
     */
    memory?: Int64;
    /**
     * Host device tree nodes to pass through.
     */
    dtdevs?: string[];
    /**
     * Host memory to map.
     */
    iomems?: IOMem[];
    /**
     * Host interrupts to pass through.
     */
    irqs?: number[];
  };
}
/**
 * A range of host memory pages.
 */
export interface IOMem {
  /**
   * First guest frame.
   */
  firstGFN?: Int64;
  /**
   * First machine frame.
   */
  firstMFN: Int64;
  /**
   * How many frames.
   */
  nrMFNs: Int64;
}
/**
 * Windows container; not for this runtime.
 */
export interface Windows {
  /**
   * Image layers.
   */
  layerFolders: string[];
  /**
   * Devices.
   *
   * Items: A device.
   */
  devices?: {
    /**
     * Its id.
     */
    id: string;
    /**
     * What the id is.
     */
    idType: "class";
  }[];
  /**
   * Limits.
   */
  resources?: {
    /**
     * Memory.
     */
    memory?: {
      /**
       * Bytes.
       */
      limit?: Int64;
    };
    /**
     * CPU.
     */
    cpu?: {
      /**
       * CPUs.
       */
      count?: Int64;
      /**
       * Shares.
       */
      shares?: number;
      /**
       * Affinity.
       */
      affinity?: {
        /**
         * CPUs.
         */
        mask?: Int64;
        /**
         * Processor group.
         */
        group?: number;
      };
    };
    /**
     * Storage.
     */
    storage?: {
      /**
       * Operations a second.
       */
      iops?: Int64;
      /**
       * Bytes a second.
       */
      bps?: Int64;
      /**
       * Bytes.
       */
      sandboxSize?: Int64;
    };
  };
  /**
   * Network.
   */
  network?: {
    /**
     * Endpoints.
     */
    endpointList?: string[];
    /**
     * Allow unqualified names.
     */
    allowUnqualifiedDNSQuery?: boolean;
    /**
     * Search domains.
     */
    DNSSearchList?: string[];
    /**
     * Container whose network is shared.
     */
    networkSharedContainerName?: string;
    /**
     * Network namespace.
     */
    networkNamespace?: string;
  };
  /**
   * Credentials.
   */
  credentialSpec?: {};
  /**
   * Servicing mode.
   */
  servicing?: boolean;
  /**
   * Ignore flushes while booting.
   */
  ignoreFlushesDuringBoot?: boolean;
  /**
   * Hyper-V.
   */
  hyperv?: {
    /**
     * Utility VM image.
     */
    utilityVMPath?: string;
  };
}
/**
 * Solaris container; not for this runtime.
 */
export interface Solaris {
  /**
   * Service to wait for.
   */
  milestone?: string;
  /**
   * Privileges.
   */
  limitpriv?: string;
  /**
   * Shared memory.
   */
  maxShmMemory?: string;
  /**
   * CPU.
   */
  cappedCPU?: {
    /**
     * CPUs.
     */
    ncpus?: string;
  };
  /**
   * Memory.
   */
  cappedMemory?: {
    /**
     * Physical.
     */
    physical?: string;
    /**
     * Swap.
     */
    swap?: string;
  };
  /**
   * Network interfaces.
   *
   * Items: A network interface.
   */
  anet?: {
    linkname?: string;
    lowerLink?: string;
    allowedAddress?: string;
    configureAllowedAddress?: string;
    defrouter?: string;
    macAddress?: string;
    linkProtection?: string;
  }[];
}
/**
 * z/OS container; not for this runtime.
 */
export interface ZOS {
  /**
   * Namespaces.
   *
   * Items: A namespace.
   */
  namespaces?: {
    /**
     * Its kind.
     */
    type: "mount" | "pid" | "uts" | "ipc";
    /**
     * File of the namespace to join.
     */
    path?: string;
  }[];
}
/**
 * FreeBSD container; not for this runtime.
 */
export interface FreeBSD {
  /**
   * Device nodes.
   *
   * Items: A device node.
   */
  devices?: {
    /**
     * Its path.
     */
    path?: string;
    /**
     * Its permission bits.
     */
    mode?: number;
  }[];
  /**
   * The jail.
   */
  jail?: {
    /**
     * Parent jail.
     */
    parent?: string;
    host?: JailShare;
    ip4?: JailMode;
    /**
     * IPv4 addresses.
     */
    ip4Addr?: string[];
    ip6?: JailMode;
    /**
     * IPv6 addresses.
     */
    ip6Addr?: string[];
    vnet?: JailShare;
    /**
     * Interface of the addresses.
     */
    interface?: string;
    /**
     * Interfaces to move.
     */
    vnetInterfaces?: string[];
    sysvmsg?: JailMode;
    sysvsem?: JailMode;
    sysvshm?: JailMode;
    /**
     * What mounts are seen.
     */
    enforceStatfs?: number;
    /**
     * What is allowed.
     */
    allow?: {
      /**
       * sethostname.
       */
      setHostname?: boolean;
      /**
       * Raw sockets.
       */
      rawSockets?: boolean;
      /**
       * chflags.
       */
      chflags?: boolean;
      /**
       * Filesystems to mount.
       */
      mount?: string[];
      /**
       * Quotas.
       */
      quotas?: boolean;
      /**
       * Other protocol families.
       */
      socketAf?: boolean;
      /**
       * mlock.
       */
      mlock?: boolean;
      /**
       * Low ports.
       */
      reservedPorts?: boolean;
      /**
       * Superuser.
       */
      suser?: boolean;
    };
  };
}
