// Hosts for the tests of src/cgroup.
import type { CgroupHierarchy, Facts } from "../../../src/plan/facts.js";

function v1(name: string, own = "/"): CgroupHierarchy {
  const mounted = name.replace("name=", "");
  return { version: 1, mountpoint: `/sys/fs/cgroup/${mounted}`, controllers: name.split(","), own };
}

const rest = {
  euid: 0,
  egid: 0,
  lastCap: 40,
  hugepageSizes: ["2MB", "1GB"],
  cgroupNamespace: true,
  userNamespace: false,
  apparmor: false,
  selinux: false,
};

export const hybridFacts: Facts = {
  ...rest,
  cgroup: {
    mode: "hybrid",
    hierarchies: [
      v1("cpu,cpuacct"),
      v1("cpuset"),
      v1("memory", "/engine/own"),
      v1("devices"),
      v1("blkio"),
      v1("pids"),
      v1("hugetlb"),
      v1("net_cls,net_prio"),
      v1("name=systemd"),
      { version: 2, mountpoint: "/sys/fs/cgroup/unified", controllers: ["rdma"], own: "/" },
    ],
  },
};

export const v2Facts: Facts = {
  ...rest,
  cgroup: {
    mode: "v2",
    hierarchies: [
      {
        version: 2,
        mountpoint: "/sys/fs/cgroup",
        controllers: ["cpuset", "cpu", "io", "memory", "hugetlb", "pids"],
        own: "/user.slice/engine.service",
      },
    ],
  },
};

export const noCgroupFacts: Facts = { ...rest, cgroup: { mode: "none", hierarchies: [] } };

/** `facts` with only these v1 controllers. */
export function onlyV1(...names: string[]): Facts {
  return { ...rest, cgroup: { mode: "v1", hierarchies: names.map((name) => v1(name)) } };
}
