// Hosts that golden plans are compiled for: fixed, so that the plans are the same on every machine.
import type { CgroupHierarchy, Facts } from "../../src/plan/facts.js";

function v1(name: string, controllers: readonly string[] = name.split(",")): CgroupHierarchy {
  return { version: 1, mountpoint: `/sys/fs/cgroup/${name}`, controllers, own: "/" };
}

const common = {
  lastCap: 40,
  hugepageSizes: ["2MB", "1GB"],
  cgroupNamespace: true,
  userNamespace: false,
  apparmor: false,
  selinux: false,
} as const;

/** Debian 10 with systemd: co-mounted v1 controllers, a v2 hierarchy without controllers beside. */
const hybrid: Facts = {
  ...common,
  euid: 0,
  egid: 0,
  cgroup: {
    mode: "hybrid",
    hierarchies: [
      v1("cpu,cpuacct"),
      v1("cpuset"),
      v1("memory"),
      v1("devices"),
      v1("freezer"),
      v1("pids"),
      v1("systemd", ["name=systemd"]),
      { version: 2, mountpoint: "/sys/fs/cgroup/unified", controllers: [], own: "/" },
    ],
  },
};

/** No such machine exists: every controller of version 1, both security modules, resctrl. */
const full: Facts = {
  ...common,
  apparmor: true,
  selinux: true,
  resctrl: "/sys/fs/resctrl",
  euid: 0,
  egid: 0,
  cgroup: {
    mode: "v1",
    hierarchies: ["cpu,cpuacct", "cpuset", "memory", "devices", "freezer", "pids", "blkio", "hugetlb", "net_cls,net_prio", "rdma"].map(
      (name) => v1(name),
    ),
  },
};

const unified: CgroupHierarchy = {
  version: 2,
  mountpoint: "/sys/fs/cgroup",
  controllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"],
  options: ["nsdelegate", "memory_recursiveprot"],
  own: "/system.slice/engine.service",
};

/** Debian 12: cgroup v2 alone. */
const v2: Facts = { ...common, euid: 0, egid: 0, cgroup: { mode: "v2", hierarchies: [unified] } };

/** The same for a user without privileges. */
const rootless: Facts = { ...v2, euid: 1000, egid: 1000 };

export const hosts = { hybrid, full, v2, rootless } as const;
export type HostName = keyof typeof hosts;
