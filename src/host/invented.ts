// A host that is none, for what is rehearsed when tsrunc is built: where cgroups are mounted, and who root is.

export const inventedFiles: Readonly<Record<string, string>> = {
  "/proc/self/mountinfo": [
    "30 25 0:26 / /sys/fs/cgroup/devices rw - cgroup cgroup rw,devices,cpu,cpuset,memory,pids,blkio",
    "31 25 0:27 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
  ].join("\n"),
  "/proc/self/cgroup": "1:devices,cpu,cpuset,memory,pids,blkio:/\n0::/\n",
  "/proc/self/uid_map": "0 0 4294967295",
  "/proc/sys/kernel/cap_last_cap": "40",
};
