// Numbers of the kernel back to the names that people write.
import { CLONE_NEW, MOUNT_ATTR, MS, S_IF } from "./linux.js";
import type { Int64 } from "./types.js";

const mountNames: readonly (readonly [number, string])[] = [
  [MS.RDONLY, "ro"],
  [MS.NOSUID, "nosuid"],
  [MS.NODEV, "nodev"],
  [MS.NOEXEC, "noexec"],
  [MS.SYNCHRONOUS, "sync"],
  [MS.MANDLOCK, "mand"],
  [MS.DIRSYNC, "dirsync"],
  [MS.NOSYMFOLLOW, "nosymfollow"],
  [MS.NOATIME, "noatime"],
  [MS.NODIRATIME, "nodiratime"],
  [MS.SILENT, "silent"],
  [MS.RELATIME, "relatime"],
  [MS.I_VERSION, "iversion"],
  [MS.STRICTATIME, "strictatime"],
  [MS.LAZYTIME, "lazytime"],
];

/** As the options that take them away. */
const clearedNames: readonly (readonly [number, string])[] = [
  [MS.RDONLY, "rw"],
  [MS.NOSUID, "suid"],
  [MS.NODEV, "dev"],
  [MS.NOEXEC, "exec"],
  [MS.SYNCHRONOUS, "async"],
  [MS.MANDLOCK, "nomand"],
  [MS.NOSYMFOLLOW, "symfollow"],
  [MS.NOATIME, "atime"],
  [MS.NODIRATIME, "diratime"],
  [MS.SILENT, "loud"],
  [MS.RELATIME, "norelatime"],
  [MS.I_VERSION, "noiversion"],
  [MS.STRICTATIME, "nostrictatime"],
  [MS.LAZYTIME, "nolazytime"],
];

const attributeNames: readonly (readonly [number, string])[] = [
  [MOUNT_ATTR.RDONLY, "ro"],
  [MOUNT_ATTR.NOSUID, "nosuid"],
  [MOUNT_ATTR.NODEV, "nodev"],
  [MOUNT_ATTR.NOEXEC, "noexec"],
  [MOUNT_ATTR.ATIME, "atime"],
  [MOUNT_ATTR.NOATIME, "noatime"],
  [MOUNT_ATTR.STRICTATIME, "strictatime"],
  [MOUNT_ATTR.NODIRATIME, "nodiratime"],
  [MOUNT_ATTR.NOSYMFOLLOW, "nosymfollow"],
];

const propagationNames: readonly (readonly [number, string])[] = [
  [MS.PRIVATE, "private"],
  [MS.SHARED, "shared"],
  [MS.SLAVE, "slave"],
  [MS.UNBINDABLE, "unbindable"],
];

/** Names of all bits; what has no name is left as a number, so that nothing is hidden. */
function names(table: readonly (readonly [number, string])[], value: Int64): string[] {
  let rest = Number(value);
  const found: string[] = [];
  for (const [bits, name] of table) {
    if (bits === 0 || (rest & bits) !== bits) continue;
    found.push(name);
    rest &= ~bits;
  }
  return rest === 0 ? found : [...found, `0x${rest.toString(16)}`];
}

export const mountFlagNames = (flags: Int64): string[] => names(mountNames, flags);
export const clearedFlagNames = (flags: Int64): string[] => names(clearedNames, flags);
export const attributeFlagNames = (flags: Int64): string[] => names(attributeNames, flags);

/** `rslave` for MS_SLAVE|MS_REC. */
export function propagationName(flags: Int64): string {
  const recursive = (Number(flags) & MS.REC) !== 0 ? "r" : "";
  return recursive + names(propagationNames, Number(flags) & ~MS.REC).join("|");
}

/** `pid,network` of CLONE_NEW* bits. */
export function namespaceNames(flags: Int64): string[] {
  return names(
    Object.entries(CLONE_NEW).map(([name, bits]) => [bits, name] as const),
    flags,
  );
}

const typeNames: ReadonlyMap<number, string> = new Map([
  [S_IF.CHR, "char"],
  [S_IF.BLK, "block"],
  [S_IF.FIFO, "fifo"],
]);

export function fileTypeName(type: number): string {
  return typeNames.get(type) ?? `type 0${type.toString(8)}`;
}
