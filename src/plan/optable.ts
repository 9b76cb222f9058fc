// The closed vocabulary of plans. This one table generates the TypeScript types (src/plan/types.ts, by type mapping),
// the wire encoding (src/plan/encode.ts), the C++ structs and decoder (build/gen/ops.gen.h, by scripts/gen-ops.mjs)
// and docs/ops.md. Adding a verb = a row here, its body (C++ for stage/init, src/runtime/steps for runtime), its test.
//
// Field types and their wire encoding (little endian, no padding):
//   u32, i32          4 bytes                    u64, i64     8 bytes (number or bigint in TypeScript)
//   bool              1 byte, 0 or 1             str          u32 length + UTF-8, never a NUL byte
//   path              as str: a path of the host, used by the runtime or before pivot_root
//   cpath             as str: a path of the container, resolved only beneath the rootfs fd
//   bytes             u32 length + raw           strs         u32 count + str each
//   u64s              u32 count + u64 each       u32s         u32 count + u32 each
//   slot              u32: a slot of the fd table that actors share
//   idmaps            u32 count + (containerId, hostId, size: u32) each
// A type that ends in "?" is optional: one byte 0 (absent) or 1, then the value.

export type FieldType =
  "u32" | "i32" | "u64" | "i64" | "bool" | "str" | "path" | "cpath" | "bytes" | "strs" | "u64s" | "u32s" | "slot" | "idmaps";

export type Actor = "runtime" | "stage" | "init";

export interface OpRow {
  /** Number on the wire; never reused. Rows that only the runtime carries out have 0: they are never encoded. */
  readonly code: number;
  readonly who: readonly Actor[];
  /** What the verb does, its fallbacks and what it refuses. Becomes docs/ops.md. */
  readonly doc: string;
  readonly fields: Readonly<Record<string, FieldType | `${FieldType}?`>>;
  /** The verb that takes this one's effect on the host back; it has the same fields or a subset of them. */
  readonly undo?: string;
}

export const optable = {
  // ---------------------------------------------------------------- runtime: the state store
  "store.create": {
    code: 0,
    who: ["runtime"],
    doc: "Make the state directory `<root>/<id>` (0711); its mkdir is the lock against a second create. Then write journal.json, the undo list of this plan.",
    fields: {},
    undo: "store.remove",
  },
  "notify.create": {
    code: 0,
    who: ["runtime"],
    doc: "Make the directory `notify` (0755) in the state directory: the container sees it at /run/notify, `start` binds its notify.sock. store.remove removes it.",
    fields: {},
  },
  "store.save": {
    code: 0,
    who: ["runtime"],
    doc: "Write state.json atomically: the pid and start time of init, cgroup paths, bundle, config. Before the user's program can run.",
    fields: {},
  },
  "store.remove": { code: 0, who: ["runtime"], doc: "Remove the state directory and all in it.", fields: {} },
  "pidfile.write": {
    code: 0,
    who: ["runtime"],
    doc: "Write the pid of init in decimal, without newline, to `.NAME` (O_EXCL), then rename to `path`.",
    fields: { path: "path" },
    undo: "pidfile.remove",
  },
  "pidfile.remove": { code: 0, who: ["runtime"], doc: "Remove a pid file that this create wrote.", fields: { path: "path" } },
  "pidfd.send": {
    code: 0,
    who: ["runtime"],
    doc: "Connect to the AF_UNIX stream socket at `path` and send a pidfd of init: one message, the payload `pidfd`, one descriptor.",
    fields: { path: "path" },
  },

  // ---------------------------------------------------------------- runtime: cgroups
  "cgroup.create": {
    code: 0,
    who: ["runtime"],
    doc: "mkdir -p of a cgroup directory. Version 2: enables `controllers` in cgroup.subtree_control of each parent below `mountpoint`, ignoring those that fail. Version 1 with cpuset: copies cpuset.cpus and cpuset.mems from the parent into each new directory. An existing cgroup with processes is refused (`container's cgroup is not empty: N process(es) found`), a frozen one too.",
    fields: { version: "u32", mountpoint: "path", dir: "path", controllers: "strs" },
    undo: "cgroup.remove",
  },
  "cgroup.remove": {
    code: 0,
    who: ["runtime"],
    doc: "Kill what still runs in a cgroup made by us, then rmdir it and its children, deepest first; EBUSY is retried with backoff, ENOENT is fine.",
    fields: { version: "u32", dir: "path" },
  },
  "cgroup.join": {
    code: 0,
    who: ["runtime"],
    doc: "Write the pid of the stage (init is born there) to cgroup.procs of every directory but the one that it was born in (stage.spawn). EINVAL/ESRCH/ENOENT retried 5 x 30 ms.",
    fields: { dirs: "strs" },
  },
  "cgroup.follow": {
    code: 0,
    who: ["runtime"],
    doc: "Write the pid of the stage to the v2 cgroup below `mountpoint` in which the container's init is now: its own may take no processes any more, because init moved to a child of it and enabled controllers (EBUSY).",
    fields: { mountpoint: "path" },
  },
  "cgroup.write": { code: 0, who: ["runtime"], doc: "Write one value to one cgroup file.", fields: { file: "path", value: "str" } },
  "cgroup.rules": {
    code: 0,
    who: ["runtime"],
    doc: "Write device rules to devices.allow or devices.deny of a v1 cgroup, each by a write(2) of its own: the kernel takes one a time.",
    fields: { file: "path", rules: "strs" },
  },
  "cgroup.devices": {
    code: 0,
    who: ["runtime"],
    doc: "Attach an eBPF program of type BPF_PROG_TYPE_CGROUP_DEVICE (struct bpf_insn array) to a v2 cgroup, replacing the one attached before.",
    fields: { dir: "path", program: "bytes" },
  },
  "cgroup.own": {
    code: 0,
    who: ["runtime"],
    doc: "chown a v2 cgroup and the files listed in /sys/kernel/cgroup/delegate to the container's root user.",
    fields: { dir: "path", uid: "u32", gid: "u32" },
  },

  // ---------------------------------------------------------------- runtime: the systemd cgroup driver (docs/adr/0010-systemd.md)
  "systemd.start": {
    code: 0,
    who: ["runtime"],
    doc: "StartTransientUnit of `unit` with `properties` (NAME SINCE SIGNATURE VALUES..., docs/protocol.md) and the pid of the stage or of init (not for a slice), by systemd's instance for the system or for the `user`; waits for its job (30 s). A unit of this name that has failed or is ending makes place first. Its cgroup must be `group` then, unless that is empty. `mark` is among the properties (Documentation): what tells it from others of its name.",
    fields: { unit: "str", user: "bool", group: "str", mark: "str", properties: "strs" },
    undo: "systemd.stop",
  },
  "systemd.stop": {
    code: 0,
    who: ["runtime"],
    doc: "StopUnit, wait for its job (30 s), ResetFailedUnit. It is fine when there is no such unit: the end of its last process has ended it. A unit with another `mark` is left alone: a second container was to have its name, and was refused.",
    fields: { unit: "str", user: "bool", mark: "str" },
  },
  "systemd.set": {
    code: 0,
    who: ["runtime"],
    doc: "SetUnitProperties of `unit`, until the next boot: systemd writes the files of its cgroup, now and whenever it reloads.",
    fields: { unit: "str", user: "bool", properties: "strs" },
  },
  "systemd.attach": {
    code: 0,
    who: ["runtime"],
    doc: "AttachProcessesToUnit (238): have systemd put the stage where init is now in the cgroup `dir` of `unit`, below `mountpoint`. Without root nobody else may move a process between a session and the unit.",
    fields: { unit: "str", user: "bool", mountpoint: "path", dir: "path" },
  },

  // ---------------------------------------------------------------- runtime: what the child needs from outside
  "cgroup.open": {
    code: 0,
    who: ["runtime"],
    doc: "Open a v2 cgroup's directory into `slot`, for init.spawn or process.clone.",
    fields: { dir: "path", slot: "slot" },
  },
  "ns.open": {
    code: 0,
    who: ["runtime"],
    doc: "Open a namespace file (O_CLOEXEC) into `slot` and check with ioctl(NS_GET_NSTYPE) that it is of `kind` (a CLONE_NEW* bit). With `sysctl`, a parameter of this namespace that config.json sets, the runtime's own namespace (the same device and inode) is refused.",
    fields: { path: "path", kind: "u64", slot: "slot", sysctl: "str?" },
  },
  "container.pidfd": {
    code: 0,
    who: ["runtime"],
    doc: "Open a pidfd of the container's init into `slot` (without one it is closed again), then verify the start time of state.json: a reused pid is never joined. What was opened by that pid before (ns.open, container.root) is then init's as well.",
    fields: { slot: "slot?" },
  },
  "container.root": {
    code: 0,
    who: ["runtime"],
    doc: "Open the root directory of the container's init (O_PATH on /proc/PID/root) into `slot`: for a container without a mount namespace, which has but chroot.",
    fields: { slot: "slot" },
  },
  "console.connect": {
    code: 0,
    who: ["runtime"],
    doc: "Connect to the AF_UNIX stream socket that wants the terminal's master into `slot`. Empty path: a socketpair whose other end `run` reads (foreground terminal).",
    fields: { path: "path", slot: "slot" },
  },
  "console.receive": {
    code: 0,
    who: ["runtime"],
    doc: "exec in the foreground: take the terminal's master that console.open has sent us and give it our terminal's size, before the program can write.",
    fields: {},
  },
  "gate.listen": {
    code: 0,
    who: ["runtime"],
    doc: "Bind and listen on `gate.sock` (0600) in the state directory, into `slot`. init accepts on it; its presence means `created`.",
    fields: { slot: "slot" },
  },
  "seccomp.compile": {
    code: 0,
    who: ["runtime"],
    doc: "Compile a profile (the JSON of linux.seccomp, as far as it decides what the filter is) to a BPF program with libseccomp, into a memfd at `slot`; or take the program that was compiled for the same profile before, from `.seccomp~cache` in the root of all state.",
    fields: { profile: "str", slot: "slot" },
  },
  "seccomp.connect": {
    code: 0,
    who: ["runtime"],
    doc: "Connect to the AF_UNIX stream socket of the seccomp agent at `path` (listenerPath) into `slot`, for seccomp.load: with the plan of exec, with START otherwise, so that it is the agent of now that gets to know of the program.",
    fields: { path: "path", slot: "slot" },
  },
  "stage.spawn": {
    code: 0,
    who: ["runtime"],
    doc: "clone3(CLONE_VM) and execveat tsrunc-init from a sealed memfd (CVE-2019-5736), then send it the projected plan and all slots filled so far. Born in the v2 cgroup `cgroup`, if the kernel lets it (CLONE_INTO_CGROUP, 5.7). Inherits descriptors 0-2 and the `preserveFds` that follow, nothing else; signals and RLIMIT_NOFILE as the caller had them.",
    fields: { preserveFds: "u32", cgroup: "path?" },
  },
  "init.spawn": {
    code: 0,
    who: ["runtime"],
    doc: "As stage.spawn, where no process has to be in between (docs/adr/0009-one-clone.md): clone3(CLONE_VM | `flags` of CLONE_NEW*), and what is executed is init at once; its pid is known at once. With `cgroup` it is born in the v2 cgroup that is open at that slot (CLONE_INTO_CGROUP, 5.7; where clone3 fails with ENOSYS, EPERM, E2BIG or EINVAL: clone(2), and the child enters the cgroup before execveat). The namespaces of `unshare` init makes by itself before it reads its plan, while the runtime goes on.",
    fields: { preserveFds: "u32", flags: "u32", unshare: "u32", cgroup: "slot?" },
  },
  "idmap.write": {
    code: 0,
    who: ["runtime"],
    doc: "Write setgroups, gid_map and uid_map of the stage. `direct`: writes /proc/PID files, else newuidmap/newgidmap. `denySetgroups` as user_namespaces(7) asks of the unprivileged (CVE-2014-8989).",
    fields: { uid: "idmaps", gid: "idmaps", denySetgroups: "bool", direct: "bool" },
  },
  "idmap.check": {
    code: 0,
    who: ["runtime"],
    doc: "Read /proc/PID/uid_map and gid_map of init, which is in a user namespace that was joined, and refuse other maps than those that config.json names: what is chowned for the container would get foreign ids. An empty list is not compared.",
    fields: { uid: "idmaps", gid: "idmaps" },
  },
  "rdt.create": {
    code: 0,
    who: ["runtime"],
    doc: "mkdir of a resctrl group, or of a monitoring group in one. What is there already is refused.",
    fields: { dir: "path" },
    undo: "rdt.remove",
  },
  "rdt.remove": {
    code: 0,
    who: ["runtime"],
    doc: "rmdir of a resctrl group; its tasks go back to the one above. ENOENT is fine.",
    fields: { dir: "path" },
  },
  "rdt.use": {
    code: 0,
    who: ["runtime"],
    doc: "A resctrl group by its closID: without `lines` it must be there; with them it is made if it is missing, else its schemata must have them. It stays when the container is deleted.",
    fields: { dir: "path", lines: "strs" },
  },
  "rdt.write": {
    code: 0,
    who: ["runtime"],
    doc: "Write each of `lines` to the group's schemata. An error has the kernel's words of info/last_cmd_status.",
    fields: { dir: "path", lines: "strs" },
  },
  "rdt.join": { code: 0, who: ["runtime"], doc: "Write the pid of init to `tasks` of each group.", fields: { dirs: "strs" } },
  "netdev.move": {
    code: 0,
    who: ["runtime"],
    doc: "Move the network device `device` of the runtime's network namespace into init's, renamed to `name` by the same netlink message (a `%d` in it becomes a number that the kernel chooses), give it its permanent addresses of global scope back, bring it up. EEXIST when the name is taken there. Refused when init is in the runtime's own network namespace.",
    fields: { device: "str", name: "str" },
    undo: "netdev.return",
  },
  "netdev.return": {
    code: 0,
    who: ["runtime"],
    doc: "A create that fails: give a device that netdev.move has moved its name, place, addresses and state back, while the namespace is still there. Not at delete: the kernel returns physical devices when the namespace ends, and removes virtual ones (config-linux.md, Network Devices).",
    fields: { device: "str" },
  },
  "timens.write": {
    code: 0,
    who: ["runtime"],
    doc: "Write /proc/PID/timens_offsets of the stage, before any process is in the new time namespace (time_namespaces(7)).",
    fields: { clock: "str", secs: "i64", nanos: "u32" },
  },
  "oom.write": {
    code: 0,
    who: ["runtime"],
    doc: "Write oom_score_adj of init, or of the stage, from which init inherits it and which is not yet a non-dumpable stranger.",
    fields: { value: "i32" },
  },
  "rlimit.set": {
    code: 88,
    who: ["runtime", "init"],
    doc: "prlimit(2) on init: by itself while it has the runtime's rights, else (a user namespace) from outside, so that raising above the hard limit works where the caller may.",
    fields: { resource: "u32", soft: "u64", hard: "u64" },
  },
  "mount.prepare": {
    code: 0,
    who: ["runtime"],
    doc: "Have a helper, tsrunc-init as a stage of its own, make a detached mount into `slot` (mount.open), with the rights of the runtime's user namespace that init may lack. `from` is where it is made. `init`: in init's mount namespace, so that what is locked there stays locked. `host`: in the runtime's, or, for a container with another user namespace, in a copy of it that belongs to that one, which locks the flags of the host's mounts (MNT_LOCK_*). `container`: in the user and mount namespaces of a running container. `mapped`: id-mapped, by `uid` and `gid`, or if these are empty by the maps of init's user namespace; with `mapTree` all mounts of the tree. `copyLink`: a source that is a symbolic link is opened itself, for mount.bind to make it again.",
    fields: {
      source: "path",
      fstype: "str",
      recursive: "bool",
      flags: "u64",
      data: "str",
      propagation: "u64",
      mapped: "bool",
      mapTree: "bool",
      uid: "idmaps",
      gid: "idmaps",
      from: "str",
      slot: "slot",
      copyLink: "bool?",
    },
  },
  "mounts.note": {
    code: 0,
    who: ["runtime"],
    doc: "Write into state.json that the mount at `slot` (mount.prepare) comes to `target`, with its mount id: before it is attached, so that it can be removed whatever happens.",
    fields: { target: "cpath", slot: "slot" },
    undo: "mounts.withdraw",
  },
  "mounts.withdraw": {
    code: 0,
    who: ["runtime"],
    doc: "Unmount what mounts.note noted last for `target`, if it is there (mount.detach in a helper), and forget it.",
    fields: { target: "cpath" },
  },
  "mounts.forget": {
    code: 0,
    who: ["runtime"],
    doc: "Take the mounts with these ids out of state.json.",
    fields: { mountIds: "u64s" },
  },
  "rootfs.attach": {
    code: 0,
    who: ["runtime"],
    doc: "For a container in the runtime's mount namespace: have a helper attach the tree at `path` to the directory `at` of the state directory (rootfs.expose), where the container's mounts are made on it and none reaches another mount of the host. The root of it comes into `slot`.",
    fields: { path: "path", at: "path", propagation: "u64", slot: "slot" },
    undo: "rootfs.detach",
  },
  "rootfs.detach": {
    code: 0,
    who: ["runtime"],
    doc: "Have a helper unmount what is at `at` with all that is mounted below it (rootfs.conceal), and remove the directory. Nothing there is fine.",
    fields: { at: "path" },
  },
  "stage.end": {
    code: 0,
    who: ["runtime"],
    doc: "The stage has done its part and is told to end; no process is born of it.",
    fields: {},
  },

  // ---------------------------------------------------------------- runtime: after create
  "gate.open": {
    code: 0,
    who: ["runtime"],
    doc: "Connect to gate.sock, unlink it, send START, then read until end of file (running) or the exact exec error.",
    fields: {},
  },
  "criu.request": {
    code: 0,
    who: ["runtime"],
    doc: "Say to CRIU, over the RPC socket that it was started with: its version (3.0 at least), the features that the request needs, then the request itself (the JSON of src/criu's CriuRequest), without waiting for the answer. Its directories are opened and named to CRIU by descriptor.",
    fields: { request: "str" },
  },
  "criu.until": {
    code: 0,
    who: ["runtime"],
    doc: "Answer CRIU's notifications up to `script`, which is left unanswered: CRIU waits while the next steps run. `setup-namespaces` and `post-restore` bring the pid of the restored init; the master of a terminal (`orphan-pts-master`) goes to the console socket. The end without that notification is an error.",
    fields: { script: "str" },
  },
  "criu.retreat": {
    code: 0,
    who: ["runtime"],
    doc: "Move CRIU into the cgroups `dirs`, out of the container's: its processes would count against pids.limit while the container goes on.",
    fields: { dirs: "strs" },
  },
  "criu.finish": {
    code: 0,
    who: ["runtime"],
    doc: "Answer CRIU's notifications up to its final answer, then wait for its end. A failure quotes the last errors of its log.",
    fields: {},
  },
  "process.kill": {
    code: 0,
    who: ["runtime"],
    doc: "Signal the container's init by pidfd and wait until it has ended (100 x 100 ms).",
    fields: { signal: "i32" },
  },

  // ---------------------------------------------------------------- hooks (runtime and init)
  "hook.run": {
    code: 1,
    who: ["runtime", "init"],
    doc: "Run one hook: `statePrefix` + the pid in decimal + `stateSuffix` on stdin (EPIPE ignored), output captured; without `stateSuffix` no pid comes either: a stopped container has none. The pid is the host's; in init after pivot_root it is init's own. Without `env` (`inheritEnv`) the runtime's environment is used. After `timeoutMs` the hook's process group is killed. Failure text: `error running KIND hook #INDEX: exit status X, stdout: ..., stderr: ...`.",
    fields: {
      kind: "str",
      index: "u32",
      path: "path",
      args: "strs",
      env: "strs",
      inheritEnv: "bool",
      timeoutMs: "u64?",
      statePrefix: "str",
      stateSuffix: "str?",
      insidePid: "bool",
    },
  },

  // ---------------------------------------------------------------- stage
  "ns.join": {
    code: 10,
    who: ["stage", "init"],
    doc: "setns(2) into the namespace at `slot`, which is of `kind` (a CLONE_NEW* bit).",
    fields: { slot: "slot", kind: "u64" },
  },
  "ns.enter": {
    code: 14,
    who: ["stage"],
    doc: "setns(2) into all namespaces of `flags` (CLONE_NEW* bits) of the process whose pidfd is at `slot`, in one call (5.8): either all are joined or none. Non-dumpable before it (CVE-2016-9962).",
    fields: { slot: "slot", flags: "u64" },
  },
  "cgroup.enter": {
    code: 15,
    who: ["stage", "init"],
    doc: 'Write "0" (the writer itself) to each of `files`: `tasks` of v1 cgroups, `cgroup.procs` of v2 ones. A thread that moves itself by `tasks` takes no lock, while every write to cgroup.procs waits for an RCU grace period (6 to 15 ms measured; cgroup_procs_write_start of the kernel).',
    fields: { files: "strs" },
  },
  "ns.unshare": {
    code: 11,
    who: ["stage", "init"],
    doc: "unshare(2) with CLONE_NEW* bits. The user namespace comes first and alone; cgroup in init, after it has joined its cgroup (cgroup_namespaces(7)).",
    fields: { flags: "u64" },
  },
  "identity.root": {
    code: 12,
    who: ["stage"],
    doc: "Become uid 0 and gid 0 of the user namespace, with setgroups() emptied where allowed, so that what follows has its capabilities.",
    fields: {},
  },
  "process.clone": {
    code: 13,
    who: ["stage"],
    doc: "clone3(CLONE_PARENT | `flags` of CLONE_NEW*) (clone(2) where ENOSYS): the child is init and goes on with the plan. With `cgroup` it is born in the v2 cgroup that is open at that slot (CLONE_INTO_CGROUP, 5.7; before, the stage joins it first). The stage reports its pid and exits. A turn of the runtime always follows.",
    fields: { flags: "u64", cgroup: "slot?" },
  },

  // ---------------------------------------------------------------- init: session and namespaces
  "session.new": { code: 20, who: ["init"], doc: "setsid(2): no controlling terminal, no signals of the caller's group.", fields: {} },
  "keyring.join": {
    code: 21,
    who: ["init"],
    doc: "keyctl(KEYCTL_JOIN_SESSION_KEYRING, name), then KEYCTL_SETPERM adding the bits of `search`: KEY_USR_SEARCH (0x80000), or KEY_OTH_SEARCH (0x8) in a user namespace, whose ids own nothing outside. ENOSYS, EPERM of a seccomp'ed host, and EDQUOT are errors unless tolerated.",
    fields: { name: "str", search: "u32" },
  },
  "net.loopback": { code: 22, who: ["init"], doc: "Bring `lo` up in a new network namespace (SIOCSIFFLAGS).", fields: {} },
  "sched.affinity": {
    code: 23,
    who: ["init"],
    doc: "sched_setaffinity(2) to all CPUs: joining a cpuset does not widen a mask inherited from the engine.",
    fields: {},
  },
  "sched.cpus": {
    code: 24,
    who: ["stage", "init"],
    doc: "sched_setaffinity(2) to the CPUs whose bits are set in `mask`, 64 in each element (execCPUAffinity).",
    fields: { mask: "u64s" },
  },
  "sched.set": {
    code: 25,
    who: ["init"],
    doc: "sched_setattr(2): `policy` and `flags` by the kernel's numbers, `nice` for SCHED_OTHER and SCHED_BATCH, `priority` for SCHED_FIFO and SCHED_RR, `runtime`, `deadline` and `period` in nanoseconds for SCHED_DEADLINE. In the container's cgroup already, with the host root's capabilities still: real-time policies need CAP_SYS_NICE, and in a v1 cgroup a share of real-time (cpu.rt_runtime_us).",
    fields: { policy: "u32", flags: "u64", nice: "i32", priority: "u32", runtime: "u64", deadline: "u64", period: "u64" },
  },
  "sched.io": {
    code: 26,
    who: ["init"],
    doc: "ioprio_set(2) for the process group, which is the container's alone: `priorityClass` (IOPRIO_CLASS_*) and `level`, 0 (highest) to 7.",
    fields: { priorityClass: "u32", level: "u32" },
  },
  "memory.policy": {
    code: 27,
    who: ["init"],
    doc: "set_mempolicy(2): `mode` is MPOL_* with its MPOL_F_* flags, `nodes` has a bit for each NUMA node, 64 in each element. In the cpuset already, which says what nodes are allowed.",
    fields: { mode: "u32", nodes: "u64s" },
  },

  // ---------------------------------------------------------------- init: rootfs
  "rootfs.propagation": {
    code: 30,
    who: ["init"],
    doc: 'mount(NULL, "/", NULL, flags): MS_SLAVE|MS_REC and the like on everything, so that nothing of ours reaches the host.',
    fields: { flags: "u64" },
  },
  "rootfs.enter": {
    code: 31,
    who: ["stage", "init"],
    doc: "Open `path` without following a symlink in its last component, make its parent mount private if it is shared (pivot_root(2) EINVAL), bind it recursively on itself and keep the fd: every cpath from here on is resolved beneath it with openat2(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS). Without a mount namespace (`bind` false) only the fd is kept.",
    fields: { path: "path", bind: "bool" },
  },
  "rootfs.expose": {
    code: 37,
    who: ["stage", "init"],
    doc: "Attach a copy of the rootfs's own mount at the directory `at` of the host (made 0700). Without `tree` what is mounted below it stays out, in a mount namespace of our own: CRIU wants a root that is a mount point and whose parent nothing covers. With `tree` (MS_*) all of it, and with that propagation before it is attached, so that neither a mount nor an umount in it reaches what it is a copy of.",
    fields: { at: "path", tree: "u64?" },
  },
  "rootfs.conceal": {
    code: 38,
    who: ["stage"],
    doc: "umount2(MNT_DETACH | UMOUNT_NOFOLLOW) what is mounted at `at`, again until there is nothing (EINVAL, ENOENT).",
    fields: { at: "path" },
  },
  "rootfs.pivot": {
    code: 32,
    who: ["init"],
    doc: 'pivot_root(".", "."), make the old root slave recursively, umount it (MNT_DETACH), chdir("/").',
    fields: {},
  },
  "rootfs.move": {
    code: 33,
    who: ["init"],
    doc: '--no-pivot: unmount (else cover with an empty read-only tmpfs) every other /proc and /sys of the namespace, mount(MS_MOVE) the rootfs on "/", chroot("."), chdir("/").',
    fields: {},
  },
  "rootfs.chroot": { code: 34, who: ["init"], doc: "chroot into the rootfs fd: only without a mount namespace.", fields: {} },
  "rootfs.adopt": {
    code: 36,
    who: ["stage", "init"],
    doc: 'Take a directory for the rootfs of what follows: the one at `slot` (rootfs.chroot comes next), or "/" of the mount namespace that was joined.',
    fields: { slot: "slot?" },
  },
  "rootfs.readonly": {
    code: 35,
    who: ["init"],
    doc: 'Remount "/" read-only, keeping nosuid, nodev, noexec and the atime flags it has. Last of all mount work.',
    fields: {},
  },

  // ---------------------------------------------------------------- init: mounts (flags are MS_* of mount(2))
  "mount.fs": {
    code: 40,
    who: ["init"],
    doc: "Mount a new filesystem at `target`: fsopen, fsconfig (an error carries the kernel's own words), fsmount, recursive attributes, move_mount on the verified target fd, then propagation one by one (beneath a shared parent a mount becomes shared by being attached); mount(2) on thread-self/fd/N of a proven procfs where the kernel has no fsopen (ENOSYS) or fsconfig cannot carry an option (256 bytes and more, iversion). A missing target is made (0755) beneath the rootfs. `ordinaryDir`: the target must be a real directory, no symlink in its last component (proc, sysfs: CVE-2023-27561). tmpfs without mode= in `data` gets the mode of the directory it covers, by chmod; a new one 1777. `copyUp`: tmpfs only, the covered directory's contents are copied in. The rootfs itself, and a target inside the container's /proc, are refused.",
    fields: {
      fstype: "str",
      source: "str",
      target: "cpath",
      flags: "u64",
      data: "str",
      recSet: "u64",
      recClear: "u64",
      propagation: "u64s",
      ordinaryDir: "bool",
      copyUp: "bool",
    },
  },
  "mount.bind": {
    code: 41,
    who: ["stage", "init"],
    doc: "Bind `source` (a path of the host as seen by init before pivot, or the detached mount at `sourceSlot`) on `target`: open_tree(OPEN_TREE_CLONE), mount_setattr on the top mount (with any flag in `flags` or `cleared` all become as given, the atime flags only when one of them is named; with none they stay as the source has them), `recSet`/`recClear` (MOUNT_ATTR_* bits) recursively, move_mount on the verified target fd, then propagation one by one. Locked flags of the source (EPERM in a user namespace) are kept, unless the config cleared one of them: an error. A missing target is made: a directory 0755, or an empty file 0644 when the source is no directory. `onProc`: the few LXCFS targets inside /proc are allowed, else a target on procfs is refused. `copyLink`: a source that is a symbolic link is made again at `target` rather than followed; what is there must be the same link.",
    fields: {
      source: "path",
      sourceSlot: "slot?",
      target: "cpath",
      recursive: "bool",
      flags: "u64",
      cleared: "u64",
      recSet: "u64",
      recClear: "u64",
      propagation: "u64s",
      onProc: "bool",
      copyLink: "bool?",
    },
  },
  "mount.remount": {
    code: 42,
    who: ["init"],
    doc: "`remount` option: change the flags and data of the mount that is at `target` (MS_REMOUNT, with MS_BIND if `bind`).",
    fields: { target: "cpath", flags: "u64", cleared: "u64", data: "str", bind: "bool" },
  },
  "mount.readonly": {
    code: 43,
    who: ["init"],
    doc: "The late read-only remount of a mount that had to be filled first (tmpfs, /dev, cgroup v1 tmpfs), keeping its other flags; EBUSY retried 5 x 100 ms.",
    fields: { target: "cpath" },
  },
  "mount.open": {
    code: 44,
    who: ["stage"],
    doc: "In a helper (mount.prepare): make a detached mount and send it to the runtime for its `slot`: with `fstype` a new filesystem (fsopen, fsconfig, fsmount with `flags` and `data`), else a clone of `source` (open_tree(OPEN_TREE_CLONE)), with `copyLink` of the symbolic link itself. `propagation` (MS_*, 0: none) on the whole tree. With `userns`, the slot of a user namespace, MOUNT_ATTR_IDMAP by its maps: on the top mount, with `mapTree` on all. New mount API only: idmapped mounts need Linux 5.12 anyway.",
    fields: {
      source: "path",
      fstype: "str",
      recursive: "bool",
      flags: "u64",
      data: "str",
      propagation: "u64",
      userns: "slot?",
      mapTree: "bool",
      slot: "slot",
      copyLink: "bool?",
    },
  },
  "mount.label": {
    code: 46,
    who: ["init"],
    doc: "Set the SELinux label (security.selinux) of the directory at `target`, the root of a filesystem that takes no context= (mqueue).",
    fields: { target: "cpath", label: "str" },
  },
  "mount.detach": {
    code: 45,
    who: ["stage"],
    doc: "Unmount (MNT_DETACH) the mount that is at `target`, resolved beneath the rootfs, if it is the one with the id `mountId`: whatever the container put there or made the path lead to is refused.",
    fields: { target: "cpath", mountId: "u64" },
  },

  // ---------------------------------------------------------------- init: /dev and files of the rootfs
  "device.node": {
    code: 50,
    who: ["init"],
    doc: "Make a device node below the rootfs: parents 0755, mknodat, reopened O_PATH and checked (type, rdev), then chmod and chown by fd. An existing right node is kept, a wrong one replaced. With `bind` (user namespace), or on EPERM, the host's node of the same path is bound on an empty file instead. `type`: S_IFCHR, S_IFBLK or S_IFIFO.",
    fields: { path: "cpath", type: "u32", major: "u32", minor: "u32", mode: "u32", uid: "u32", gid: "u32", bind: "bool" },
  },
  "path.symlink": {
    code: 51,
    who: ["init"],
    doc: "symlinkat(`to`, `path`) on the parent directory's fd. EEXIST is fine, unless `replace`: then what is there is removed first. `onlyIf` (a path of the host before pivot): skipped when it does not exist. /dev is opened beneath the rootfs fd, never by name (CVE-2026-41579).",
    fields: { path: "cpath", to: "str", replace: "bool", onlyIf: "path?" },
  },
  "path.mask": {
    code: 52,
    who: ["init"],
    doc: "Hide `path`: nothing there (ENOENT, ENOTDIR) is fine; a directory is covered by a read-only tmpfs (one, shared by bind), anything else by the container's /dev/null, opened and proven to be char 1:3 (CVE-2025-31133). After pivot_root.",
    fields: { path: "cpath" },
  },
  "path.readonly": {
    code: 53,
    who: ["init"],
    doc: "Bind `path` recursively on itself and make it read-only, keeping nosuid, nodev, noexec, atime. Nothing there is fine. After pivot_root.",
    fields: { path: "cpath" },
  },
  "path.mkdir": {
    code: 54,
    who: ["init"],
    doc: "mkdir -p beneath the rootfs, component by component on fds (CVE-2024-45310).",
    fields: { path: "cpath", mode: "u32" },
  },

  // ---------------------------------------------------------------- init: kernel settings of the container
  "uts.hostname": { code: 60, who: ["init"], doc: "sethostname(2).", fields: { name: "str" } },
  "uts.domainname": { code: 61, who: ["init"], doc: "setdomainname(2).", fields: { name: "str" } },
  "sysctl.write": {
    code: 62,
    who: ["init"],
    doc: "Write `value` to /proc/sys/`path` through a private, proven procfs (CVE-2025-52881), opened with RESOLVE_BENEATH|NO_SYMLINKS|NO_XDEV.",
    fields: { path: "str", value: "str" },
  },

  // ---------------------------------------------------------------- init: stdio and terminal
  "console.open": {
    code: 70,
    who: ["init"],
    doc: "Open /dev/pts/ptmx of the container (proven devpts, inode 2, rdev 5:2: CVE-2025-52565), unlock, TIOCGPTPEER the slave, set its size if both are given and nonzero, chown it to `uid`, with `devConsole` bind it on /dev/console (made O_NOFOLLOW, 0666), send the master over the socket at `slot` with the name as payload, dup the slave to 0-2 and make it the controlling terminal.",
    fields: { slot: "slot", width: "u32?", height: "u32?", uid: "u32", devConsole: "bool" },
  },
  "stdio.own": {
    code: 71,
    who: ["init"],
    doc: "fchown 0-2 to `uid` (group kept), so that /dev/stderr can be reopened; not /dev/null; EPERM, EROFS and EINVAL are ignored.",
    fields: { uid: "u32" },
  },
  "stdio.null": {
    code: 72,
    who: ["init"],
    doc: "Any of 0-2 that is the host's /dev/null is reopened on the container's, after pivot_root.",
    fields: {},
  },

  // ---------------------------------------------------------------- init: identity and limits of the process
  "process.umask": { code: 80, who: ["init"], doc: "umask(2).", fields: { mask: "u32" } },
  "process.no-new-privs": { code: 81, who: ["init"], doc: "prctl(PR_SET_NO_NEW_PRIVS, 1).", fields: {} },
  "process.personality": {
    code: 85,
    who: ["init"],
    doc: "personality(2): the execution domain, PER_LINUX (0) or PER_LINUX32 (8). Before the seccomp filter, which may forbid it.",
    fields: { persona: "u32" },
  },
  "label.apparmor": {
    code: 86,
    who: ["init"],
    doc: "Write `exec PROFILE` to attr/apparmor/exec of this very thread, before 5.8 attr/exec: the profile holds from execve on. Through a private, proven procfs, opened with RESOLVE_BENEATH|NO_SYMLINKS|NO_XDEV (CVE-2019-16884, CVE-2025-52881).",
    fields: { profile: "str" },
  },
  "label.selinux": {
    code: 87,
    who: ["init"],
    doc: "Write `label` to attr/`attribute` of this very thread: `exec` holds from execve on, `keycreate` for the keyrings made next; an empty label takes it back. Through procfs as label.apparmor does.",
    fields: { attribute: "str", label: "str" },
  },
  "process.cwd": {
    code: 82,
    who: ["init"],
    doc: 'chdir to `path` (EPERM/EACCES: once more after identity.set); then getcwd must succeed and start with "/" (CVE-2024-21626).',
    fields: { path: "cpath" },
  },
  "identity.set": {
    code: 83,
    who: ["init"],
    doc: "Keep capabilities over the change (PR_SET_KEEPCAPS), drop the bounding set to `bounding`, setgroups, setresgid, setresuid, then the sets as given (bit n = capability n) and the ambient set, without those that are not permitted and inheritable; the death signal is set again, as setuid clears it. With `keepSysAdmin` CAP_SYS_ADMIN stays permitted and effective until process.exec (execve computes both sets anew): loading a filter without no_new_privs needs it. `setGroups` false: supplementary groups are left (a user namespace that denies setgroups).",
    fields: {
      uid: "u32",
      gid: "u32",
      groups: "u32s",
      setGroups: "bool",
      bounding: "u64",
      effective: "u64",
      permitted: "u64",
      inheritable: "u64",
      ambient: "u64",
      keepSysAdmin: "bool",
    },
  },
  "process.lookup": {
    code: 84,
    who: ["init"],
    doc: 'Find args[0] as execvp would in the PATH of `env`, as the container\'s user: a name with a slash is taken as it is; relative PATH elements are refused. Errors are part of the interface: `exec: "x": executable file not found in $PATH`, `exec: "/x": stat /x: no such file or directory`, `exec: "/x": permission denied`, `exec: "/x": is a directory`. HOME is added to the environment from the container\'s /etc/passwd (else "/") when absent or empty.',
    fields: { name: "str", env: "strs", uid: "u32" },
  },

  // ---------------------------------------------------------------- init: the gate and after
  "gate.wait": {
    code: 90,
    who: ["init"],
    doc: "Wait for START on the listener at `slot`; from here on errors go to that connection. The control socket is closed, the death signal is cleared: nobody waits for the runtime any more.",
    fields: { slot: "slot" },
  },
  "process.release": {
    code: 93,
    who: ["init"],
    doc: "exec, and run, which has no gate: clear the death signal and go on, unless the runtime has ended by now. Errors still go to the control socket, whose end of file says that the program runs.",
    fields: {},
  },
  "seccomp.load": {
    code: 91,
    who: ["init"],
    doc: "seccomp(SECCOMP_SET_MODE_FILTER, flags) with the program in the memfd at `slot`; flags the kernel lacks (EINVAL) are dropped for LOG and SPEC_ALLOW. Before it all that process.exec does short of execve itself: the profile need not allow it. With `listener` (`flags` has NEW_LISTENER) the descriptor of the notifications goes to the agent connected at that slot, beside the parts of `state` with the pid on the host between them; a thread that is not filtered does it, and no program runs if it fails. Neither descriptor stays.",
    fields: { slot: "slot", flags: "u32", listener: "slot?", state: "strs" },
  },
  "criu.exec": {
    code: 94,
    who: ["init"],
    doc: "Become CRIU: execve `path` with the arguments `swrk 3`; descriptor 3, the first that stage.spawn preserved, is its RPC socket. The one program that runs with the host's root, which is why it is no process.exec; refused in the container's rootfs.",
    fields: { path: "path", env: "strs", preserveFds: "u32" },
  },
  "process.exec": {
    code: 92,
    who: ["init"],
    doc: "Close every descriptor from 3 + `preserveFds` (but the CLOEXEC gate), restore signals, execve the program that process.lookup found. Refused after any failed step. Error: `exec PATH: no such file or directory` and the like.",
    fields: { args: "strs", env: "strs", preserveFds: "u32" },
  },
} as const satisfies Record<string, OpRow>;
