// Why a user namespace cannot be made or mapped: settings of the kernel, and the subordinate ids of the user (user_namespaces(7), subuid(5)).
import type { ErrorFields } from "../../errors/errors.js";
import type { Native } from "../../host/port.js";
import { CLONE_NEW } from "../../plan/linux.js";
import type { IdMap, Step } from "../../plan/types.js";
import { readIfThere } from "../cgroup-files.js";
import type { Context } from "../context.js";
import type { Execution } from "../execution.js";

const IDS = 65536;
const FIRST_ID = 100000;

/** Both show what the caller may already see, or what is his own (mount_too_revealing() of the kernel). */
const revealing: Readonly<Record<string, string>> = {
  sysfs:
    'sysfs shows a network namespace and is mounted by its owner only: add {"type": "network"} to linux.namespaces, or bind the host\'s with "type": "none", "source": "/sys", "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]',
  proc: 'proc shows a pid namespace and is mounted by its owner only, who must see all of the /proc that is there: add {"type": "pid"} to linux.namespaces; in a container, start that one without masked paths in /proc',
};

export function mountHint({ code }: ErrorFields, { op }: Step, { userNamespace }: Execution): string | undefined {
  return op.verb === "mount.fs" && code === "EPERM" && userNamespace ? revealing[op.fstype] : undefined;
}

export function namespaceHint({ code }: ErrorFields, { op }: Step, { native, host }: Context): string | undefined {
  if (op.verb === "ns.unshare" && (Number(op.flags) & CLONE_NEW.user) !== 0) return forbidden(native, code);
  if (op.verb !== "idmap.write") return undefined;
  // Whose limit it is does not show in the write's error: an LSM that takes the capabilities of new user namespaces away.
  if (op.direct) return code === "EPERM" || code === "EACCES" ? restricted(native) : undefined;
  if (code === "ENOENT" || code === "EACCES") return "newuidmap and newgidmap are missing: install them (Debian package uidmap)";
  const user = host.env["USER"] ?? String(native.geteuid());
  return (
    notGranted(native, user, "/etc/subuid", op.uid, native.geteuid()) ?? notGranted(native, user, "/etc/subgid", op.gid, native.getegid())
  );
}

interface Setting {
  readonly file: string;
  readonly bad: (value: string) => boolean;
  readonly line: string;
}

const settings: readonly Setting[] = [
  { file: "/proc/sys/kernel/unprivileged_userns_clone", bad: (value) => value === "0", line: "kernel.unprivileged_userns_clone = 1" },
  { file: "/proc/sys/user/max_user_namespaces", bad: (value) => value === "0", line: "user.max_user_namespaces = 28633" },
];

function forbidden(native: Native, code: string | undefined): string | undefined {
  if (code !== "EPERM" && code !== "ENOSPC" && code !== "EUSERS") return undefined;
  const found = settings.find(({ file, bad }) => bad((readIfThere(native, file) ?? "").trim()));
  return found === undefined ? undefined : allow(found.line);
}

function restricted(native: Native): string | undefined {
  const value = (readIfThere(native, "/proc/sys/kernel/apparmor_restrict_unprivileged_userns") ?? "").trim();
  return value === "1" ? allow("kernel.apparmor_restrict_unprivileged_userns = 0") : undefined;
}

function allow(line: string): string {
  return `this host lets nobody but root make user namespaces: have root add "${line}" to a file in /etc/sysctl.d and run \`sysctl --system\``;
}

/** The first host id that is neither one's own nor in the file. */
function notGranted(native: Native, user: string, file: string, maps: readonly IdMap[], own: number): string | undefined {
  const uid = String(native.geteuid());
  const lines = (readIfThere(native, file) ?? "").split("\n").map((line) => line.split(":"));
  const granted = lines.flatMap(([name, first, count]) =>
    name === user || name === uid ? [{ first: Number(first), count: Number(count) }] : [],
  );
  const covered = ({ hostId, size }: IdMap): boolean =>
    (hostId === own && size === 1) || granted.some(({ first, count }) => hostId >= first && hostId + size <= first + count);
  const wanted = maps.find((map) => !covered(map));
  if (wanted === undefined) return undefined;
  const range = `${wanted.hostId}${wanted.size > 1 ? ` to ${wanted.hostId + wanted.size - 1}` : ""}`;
  if (granted.length === 0) {
    return `${file} grants ${user} no ids: have root add the line "${user}:${Math.max(wanted.hostId, FIRST_ID)}:${Math.max(wanted.size, IDS)}" to it`;
  }
  const have = granted.map(({ first, count }) => `${first} to ${first + count - 1}`).join(", ");
  return `${file} grants ${user} only ${have}, not ${range}: map these, or have root add the line "${user}:${wanted.hostId}:${wanted.size}" to it`;
}
