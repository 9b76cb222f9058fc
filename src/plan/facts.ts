// What the compiler may know of the host. Facts choose a strategy, never an object: "cgroup v2 is mounted there" is a fact,
// "this path is a directory" is not (docs/adr/0001-plan.md).

export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** Where it is mounted: /sys/fs/cgroup/memory. */
  readonly mountpoint: string;
  /** v1: names as mounted (`cpu`, `cpuacct`, `name=systemd`); v2: cgroup.controllers of the root. */
  readonly controllers: readonly string[];
  /** v2: the options of the hierarchy, of which there is one set for all of its mounts (nsdelegate, memory_recursiveprot). */
  readonly options?: readonly string[] | undefined;
  /** The runtime's own cgroup in it, relative to the mountpoint: "/" or "/user.slice". */
  readonly own: string;
}

/** `v1`: any v1 hierarchy has controllers (a v2 one beside it is `hybrid`); `v2`: /sys/fs/cgroup is cgroup2; `none`. */
export type CgroupMode = "v1" | "hybrid" | "v2" | "none";

export interface Facts {
  readonly euid: number;
  readonly egid: number;
  /** We run in a user namespace: our root is not the host's (rootless podman). */
  readonly userNamespace: boolean;
  /** That namespace denies setgroups(2) (user_namespaces(7), "The /proc/PID/setgroups file"). */
  readonly groupsDenied?: boolean | undefined;
  readonly cgroup: { readonly mode: CgroupMode; readonly hierarchies: readonly CgroupHierarchy[] };
  /** Highest capability number of the kernel (/proc/sys/kernel/cap_last_cap). */
  readonly lastCap: number;
  /** Page sizes of /sys/kernel/mm/hugepages as in config.json: "2MB", "1GB". */
  readonly hugepageSizes: readonly string[];
  /** /proc/self/ns/cgroup exists (4.6). */
  readonly cgroupNamespace: boolean;
  /** The security modules that labels of config.json are for. */
  readonly apparmor: boolean;
  readonly selinux: boolean;
  /** Where resctrl is mounted (Intel RDT, and the like of AMD and Arm). */
  readonly resctrl?: string | undefined;
}

/** All rights over cgroups and devices; whoever lacks them gets what the host lets him have (survey 2.1, "Rootless"). */
export function isHostRoot({ euid, userNamespace }: Pick<Facts, "euid" | "userNamespace">): boolean {
  return euid === 0 && !userNamespace;
}
