// What an op does, in words with its main fields. One entry for each verb of the op table.
import { capabilityList, capabilityNames } from "./capabilities.js";
import { ioPriorityClasses, rlimitNames, schedulingPolicies } from "./linux.js";
import { attributeFlagNames, clearedFlagNames, fileTypeName, mountFlagNames, namespaceNames, propagationName } from "./names.js";
import type { IdMap, Int64, Op, OpName } from "./types.js";

type Describe = { readonly [N in OpName]: (op: Op<N>) => string };

const describe: Describe = {
  "store.create": () => "make the state directory, write the journal",
  "store.save": () => "write state.json",
  "notify.create": () => "make the directory of the notify socket",
  "store.remove": () => "remove the state directory",
  "pidfile.write": ({ path }) => `write the pid of init to ${path}`,
  "pidfile.remove": ({ path }) => `remove ${path}`,
  "pidfd.send": ({ path }) => `send a pidfd of init to ${path}`,
  "cgroup.create": ({ version, dir, controllers }) => `make cgroup ${dir}${version === 2 ? list(" enabling ", controllers) : ""}`,
  "cgroup.remove": ({ dir }) => `remove cgroup ${dir}`,
  "cgroup.open": ({ dir }) => `open the cgroup ${dir} for the clone of init`,
  "cgroup.enter": ({ files }) => `go into ${count(files.length, "cgroup")}`,
  "cgroup.join": ({ dirs }) => `put the stage into ${count(dirs.length, "cgroup")}`,
  "cgroup.follow": ({ mountpoint }) => `put the stage where init is now below ${mountpoint}`,
  "cgroup.write": ({ file, value }) => `write ${quote(value)} to ${file}`,
  "cgroup.rules": ({ file, rules }) => `write ${rules.map(quote).join(", ")} to ${file}`,
  "cgroup.devices": ({ dir, program }) => `attach a device program of ${program.length / 8} instructions to ${dir}`,
  "cgroup.own": ({ dir, uid, gid }) => `give ${dir} to ${uid}:${gid}`,
  "systemd.start": ({ unit, user, properties }) => `have systemd${user ? " --user" : ""} start ${unit}: ${properties.join(" ")}`,
  "systemd.stop": ({ unit, user }) => `have systemd${user ? " --user" : ""} stop ${unit}`,
  "systemd.set": ({ unit, user, properties }) => `have systemd${user ? " --user" : ""} set, of ${unit}: ${properties.join(" ")}`,
  "systemd.attach": ({ unit, user }) => `have systemd${user ? " --user" : ""} put the stage into ${unit}`,
  "ns.open": ({ path, kind, slot, sysctl }) =>
    `open the ${namespaceNames(kind).join()} namespace ${path}${sysctl === undefined ? "" : ", not the host's"} (slot ${slot})`,
  "container.pidfd": ({ slot }) => `open a pidfd of the container's init${slot === undefined ? ", to verify it" : ` (slot ${slot})`}`,
  "container.root": ({ slot }) => `open the root of the container's init (slot ${slot})`,
  "console.connect": ({ path, slot }) => `connect to ${path === "" ? "ourselves" : path} for the terminal (slot ${slot})`,
  "console.receive": () => "take the terminal's master",
  "gate.listen": ({ slot }) => `listen on gate.sock (slot ${slot})`,
  "seccomp.compile": ({ profile, slot }) => `compile the seccomp profile, ${profile.length} bytes (slot ${slot})`,
  "seccomp.connect": ({ path, slot }) => `connect to the seccomp agent at ${path} (slot ${slot})`,
  "stage.spawn": ({ preserveFds, cgroup }) =>
    `start tsrunc-init${preserveFds > 0 ? ` with ${count(preserveFds, "more descriptor")}` : ""}${cgroup === undefined ? "" : ` in ${cgroup}`}`,
  "idmap.write": ({ uid, gid, denySetgroups, direct }) =>
    `map uids ${maps(uid)} and gids ${maps(gid)}${direct ? "" : " with newuidmap, newgidmap"}${denySetgroups ? ", deny setgroups" : ""}`,
  "idmap.check": ({ uid, gid }) => `check that the joined user namespace maps uids ${maps(uid)} and gids ${maps(gid)}`,
  "rdt.create": ({ dir }) => `make the resctrl group ${dir}`,
  "rdt.remove": ({ dir }) => `remove the resctrl group ${dir}`,
  "rdt.use": ({ dir, lines }) => `use the resctrl group ${dir}${list(" with ", lines, " ")}`,
  "rdt.write": ({ dir, lines }) => `write ${lines.join(" ")} to ${dir}/schemata`,
  "rdt.join": ({ dirs }) => `put init into ${dirs.join(", ")}`,
  "netdev.move": ({ device, name }) => `move network device ${device} to the container, as ${name}`,
  "netdev.return": ({ device }) => `take network device ${device} back`,
  "timens.write": ({ clock, secs, nanos }) => `set the ${clock} clock ahead by ${secs} s ${nanos} ns`,
  "oom.write": ({ value }) => `set oom_score_adj ${value}`,
  "rlimit.set": ({ resource, soft, hard }) => `set ${rlimitNames[resource] ?? `limit ${resource}`} ${limit(soft)}:${limit(hard)}`,
  "gate.open": () => "tell init to go on, hear whether the program runs",
  "criu.request": ({ request }) => `ask CRIU: ${request}`,
  "criu.until": ({ script }) => `answer CRIU up to ${script}`,
  "criu.retreat": ({ dirs }) => `move CRIU to ${dirs.join(", ")}`,
  "criu.finish": () => "answer CRIU up to its end",
  "process.kill": ({ signal }) => `send signal ${signal} to init, wait for its end`,
  "hook.run": ({ kind, index, path, args }) => `run ${kind} hook #${index}: ${path}${list(" ", args.slice(1), " ")}`,
  "ns.join": ({ slot, kind }) => `join the ${namespaceNames(kind).join()} namespace at slot ${slot}`,
  "ns.enter": ({ slot, flags }) => `join ${namespaceNames(flags).join()} of the process at slot ${slot}`,
  "ns.unshare": ({ flags }) => `unshare ${namespaceNames(flags).join()}`,
  "identity.root": () => "become root of the user namespace",
  "init.spawn": ({ preserveFds, flags, unshare }) =>
    `start init${list(" with new ", namespaceNames(flags + unshare))}${preserveFds > 0 ? `, with ${count(preserveFds, "more descriptor")}` : ""}`,
  "process.clone": ({ flags }) => `clone init${list(" with new ", namespaceNames(flags))}`,
  "session.new": () => "start a new session",
  "keyring.join": ({ name }) => `join a new session keyring ${name}`,
  "net.loopback": () => "bring lo up",
  "sched.affinity": () => "allow all CPUs",
  "sched.cpus": ({ mask }) => `allow CPUs ${cpuList(mask)}`,
  "sched.set": ({ policy, flags, nice, priority, runtime, deadline, period }) =>
    `set scheduling policy ${schedulingPolicies[policy] ?? policy}, nice ${nice}, priority ${priority}, runtime ${runtime}, deadline ${deadline}, period ${period}${BigInt(flags) === 0n ? "" : `, flags 0x${flags.toString(16)}`}`,
  "sched.io": ({ priorityClass, level }) => `set I/O priority ${ioPriorityClasses[priorityClass] ?? priorityClass} ${level}`,
  "memory.policy": ({ mode, nodes }) =>
    `set memory policy 0x${mode.toString(16)}${nodes.length === 0 ? "" : ` of nodes ${cpuList(nodes)}`}`,
  "rootfs.propagation": ({ flags }) => `make / ${propagationName(flags)}`,
  "rootfs.enter": ({ path, bind }) => `open ${path}${bind ? ", bound on itself" : ""}`,
  "rootfs.attach": ({ path, at, slot }) => `have a helper attach ${path} at ${at} (slot ${slot})`,
  "rootfs.detach": ({ at }) => `unmount ${at} and all below it`,
  "rootfs.expose": ({ at, tree }) => `attach the rootfs${tree === undefined ? "" : " and all below it"} at ${at}`,
  "rootfs.conceal": ({ at }) => `unmount ${at}`,
  "rootfs.pivot": () => "pivot_root, detach the old root",
  "rootfs.move": () => "move the rootfs on /, chroot",
  "rootfs.chroot": () => "chroot",
  "rootfs.adopt": ({ slot }) => `take ${slot === undefined ? "/" : `the directory at slot ${slot}`} for the rootfs`,
  "rootfs.readonly": () => "make / read-only",
  "mount.fs": (op) => `mount ${op.fstype} ${op.source} on ${op.target}${newMountDetails(op)}`,
  "mount.bind": (op) =>
    op.sourceSlot === undefined
      ? `${op.recursive ? "rbind" : "bind"} ${op.source} on ${op.target}${bindDetails(op)}`
      : `attach ${op.source} on ${op.target}${bindDetails(op)}`,
  "mount.open": (op) => `${openedMount(op)}${op.userns === undefined ? "" : op.mapTree ? ", all of it id-mapped" : ", id-mapped"}`,
  "mount.label": ({ target, label }) => `label ${target} ${label}`,
  "mount.detach": ({ target, mountId }) => `unmount ${target} if it is mount ${mountId}`,
  "mount.prepare": (op) => preparedMount(op),
  "mounts.note": ({ target }) => `write into state.json that a mount comes to ${target}`,
  "mounts.withdraw": ({ target }) => `unmount ${target}, which was added`,
  "mounts.forget": ({ mountIds }) => `take the mounts ${mountIds.join(", ")} out of state.json`,
  "stage.end": () => "let tsrunc-init end",
  "mount.remount": ({ target, flags, cleared, data, bind }) =>
    `remount ${bind ? "bind " : ""}${target}${details([...mountFlagNames(flags), ...clearedFlagNames(cleared), ...text(data)])}`,
  "mount.readonly": ({ target }) => `make ${target} read-only`,
  "device.node": ({ path, type, major, minor, mode, uid, gid, bind }) =>
    `${bind ? "bind the host's" : "make"} ${fileTypeName(type)} ${path} ${major}:${minor} ${octal(mode)} ${uid}:${gid}`,
  "path.symlink": ({ path, to, replace, onlyIf }) =>
    `link ${path} to ${to}${replace ? ", whatever is there" : ""}${onlyIf === undefined ? "" : `, if ${onlyIf} exists`}`,
  "path.mask": ({ path }) => `hide ${path}`,
  "path.readonly": ({ path }) => `make ${path} read-only`,
  "path.mkdir": ({ path, mode }) => `make directory ${path} ${octal(mode)} if missing`,
  "uts.hostname": ({ name }) => `set host name ${name}`,
  "uts.domainname": ({ name }) => `set domain name ${name}`,
  "sysctl.write": ({ path, value }) => `write ${quote(value)} to /proc/sys/${path}`,
  "console.open": ({ width, height, uid, devConsole }) =>
    `open a terminal${width === undefined ? "" : ` of ${width}x${height ?? 0}`} for uid ${uid}${devConsole ? ", bind it on /dev/console" : ""}`,
  "stdio.own": ({ uid }) => `give stdio to uid ${uid}`,
  "stdio.null": () => "reopen a stdio of /dev/null on the container's",
  "process.umask": ({ mask }) => `set umask ${octal(mask)}`,
  "process.no-new-privs": () => "set no_new_privs",
  "process.personality": ({ persona }) => `set personality 0x${persona.toString(16)}`,
  "label.apparmor": ({ profile }) => `AppArmor profile ${profile} at exec`,
  "label.selinux": ({ attribute, label }) => (label === "" ? `no SELinux label at ${attribute}` : `SELinux label ${label} at ${attribute}`),
  "process.cwd": ({ path }) => `change to ${path}`,
  "identity.set": (op) => identity(op),
  "process.lookup": ({ name }) => `find ${name} in PATH`,
  "gate.wait": () => "created: wait for start",
  "process.release": () => "outlive the runtime",
  "seccomp.load": ({ flags, listener }) =>
    `load the seccomp filter${flags === 0 ? "" : ` (flags 0x${flags.toString(16)})`}${listener === undefined ? "" : ", tell the agent"}`,
  "criu.exec": ({ path }) => `exec ${path} swrk 3`,
  "process.exec": ({ args, preserveFds }) =>
    `exec ${args.map(argument).join(" ")}${preserveFds > 0 ? `, keeping ${count(preserveFds, "descriptor")}` : ""}`,
};

/** One line, without the op's verb: `bind /srv on /data (ro,nosuid)`. */
export function describeOp(op: Op): string {
  // The table's type says that each verb has a function for its own op; the compiler cannot follow a union through it.
  return (describe[op.verb] as (op: Op) => string)(op);
}

function newMountDetails(op: Op<"mount.fs">): string {
  const more = op.copyUp ? ["tmpcopyup"] : [];
  return details([...mountFlagNames(op.flags), ...text(op.data), ...more, ...recursive(op), ...op.propagation.map(propagationName)]);
}

function bindDetails(op: Op<"mount.bind">): string {
  const propagation = op.propagation.map(propagationName);
  return details([...mountFlagNames(op.flags), ...clearedFlagNames(op.cleared), ...copiedLink(op), ...recursive(op), ...propagation]);
}

function copiedLink({ copyLink }: Pick<Op<"mount.open">, "copyLink">): string[] {
  return copyLink === true ? ["copy-symlink"] : [];
}

function openedMount(op: Omit<Op<"mount.open">, "verb" | "slot">): string {
  const { source, fstype, recursive: tree, flags, data, propagation } = op;
  const words = [
    ...mountFlagNames(flags),
    ...text(data),
    ...copiedLink(op),
    ...(BigInt(propagation) === 0n ? [] : [propagationName(propagation)]),
  ];
  return `open ${fstype === "" ? (tree ? "the tree" : "") : fstype} ${source}${details(words)}`.replace("  ", " ");
}

function preparedMount(op: Op<"mount.prepare">): string {
  const own = op.uid.length + op.gid.length === 0;
  const how = own ? "as the user namespace" : `uids ${maps(op.uid)} gids ${maps(op.gid)}`;
  return `${openedMount(op)}${op.mapped ? `, ${op.mapTree ? "all of it " : ""}id-mapped ${how}` : ""}`;
}

function recursive({ recSet, recClear }: { recSet: Int64; recClear: Int64 }): string[] {
  const set = attributeFlagNames(recSet).map((name) => `r+${name}`);
  return [...set, ...attributeFlagNames(recClear).map((name) => `r-${name}`)];
}

function identity(op: Op<"identity.set">): string {
  const groups = op.setGroups ? ` groups ${op.groups.length === 0 ? "none" : op.groups.join()}` : "";
  const sets = (["bounding", "effective", "permitted", "inheritable", "ambient"] as const).filter((name) => BigInt(op[name]) !== 0n);
  const same = sets.length > 0 && sets.every((name) => BigInt(op[name]) === BigInt(op.bounding));
  const capabilities =
    sets.length === 0
      ? "no capabilities"
      : same
        ? `${sets.join("+")} ${capabilitySet(op.bounding)}`
        : sets.map((name) => `${name} ${capabilitySet(op[name])}`).join(", ");
  return `become ${op.uid}:${op.gid}${groups}, ${capabilities}${op.keepSysAdmin ? ", SYS_ADMIN until the filter is loaded" : ""}`;
}

function capabilitySet(mask: Int64): string {
  const names = capabilityList(mask);
  return names.length === capabilityNames.length ? "all" : names.map((name) => name.replace("CAP_", "")).join();
}

/** `0-3,8` */
function cpuList(mask: readonly Int64[]): string {
  const cpus = mask.flatMap((word, index) =>
    Array.from({ length: 64 }, (_, bit) => index * 64 + bit).filter((cpu) => hasBit(word, cpu % 64)),
  );
  const ranges: [number, number][] = [];
  for (const cpu of cpus) {
    const last = ranges.at(-1);
    if (last?.[1] === cpu - 1) last[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join() || "none";
}

function hasBit(word: Int64, bit: number): boolean {
  return ((BigInt(word) >> BigInt(bit)) & 1n) === 1n;
}

function details(words: readonly string[]): string {
  return words.length === 0 ? "" : ` (${words.join()})`;
}

function text(data: string): string[] {
  return data === "" ? [] : [data];
}

function list(before: string, words: readonly string[], between = ","): string {
  return words.length === 0 ? "" : `${before}${words.join(between)}`;
}

function maps(idMaps: readonly IdMap[]): string {
  return idMaps.map(({ containerId, hostId, size }) => `${containerId}->${hostId}x${size}`).join() || "none";
}

function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

function octal(mode: number): string {
  return `0${mode.toString(8)}`;
}

function quote(value: string): string {
  return JSON.stringify(value);
}

/** As a shell would need it, so that one can see where an argument ends. */
function argument(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : quote(word);
}

/** RLIM_INFINITY is 2^64 - 1. */
function limit(value: Int64): string {
  return BigInt(value) === 0xffffffffffffffffn ? "unlimited" : String(value);
}
