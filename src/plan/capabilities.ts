// Capability names to bit masks: bit n is capability n (capabilities(7), include/uapi/linux/capability.h).
import type { Capabilities } from "../spec/config.js";
import type { Int64 } from "./types.js";

/** The index is the number. */
export const capabilityNames = [
  "CAP_CHOWN",
  "CAP_DAC_OVERRIDE",
  "CAP_DAC_READ_SEARCH",
  "CAP_FOWNER",
  "CAP_FSETID",
  "CAP_KILL",
  "CAP_SETGID",
  "CAP_SETUID",
  "CAP_SETPCAP",
  "CAP_LINUX_IMMUTABLE",
  "CAP_NET_BIND_SERVICE",
  "CAP_NET_BROADCAST",
  "CAP_NET_ADMIN",
  "CAP_NET_RAW",
  "CAP_IPC_LOCK",
  "CAP_IPC_OWNER",
  "CAP_SYS_MODULE",
  "CAP_SYS_RAWIO",
  "CAP_SYS_CHROOT",
  "CAP_SYS_PTRACE",
  "CAP_SYS_PACCT",
  "CAP_SYS_ADMIN",
  "CAP_SYS_BOOT",
  "CAP_SYS_NICE",
  "CAP_SYS_RESOURCE",
  "CAP_SYS_TIME",
  "CAP_SYS_TTY_CONFIG",
  "CAP_MKNOD",
  "CAP_LEASE",
  "CAP_AUDIT_WRITE",
  "CAP_AUDIT_CONTROL",
  "CAP_SETFCAP",
  "CAP_MAC_OVERRIDE",
  "CAP_MAC_ADMIN",
  "CAP_SYSLOG",
  "CAP_WAKE_ALARM",
  "CAP_BLOCK_SUSPEND",
  "CAP_AUDIT_READ",
  "CAP_PERFMON",
  "CAP_BPF",
  "CAP_CHECKPOINT_RESTORE",
] as const;

const numbers: ReadonlyMap<string, number> = new Map(capabilityNames.map((name, number) => [name, number]));

export interface CapabilityMasks {
  readonly bounding: Int64;
  readonly effective: Int64;
  readonly permitted: Int64;
  readonly inheritable: Int64;
  readonly ambient: Int64;
}

/** Names that the kernel does not have are left out, as in runc: engines list those of newer kernels (survey 2.2). */
export function capabilityMask(names: readonly string[] | undefined, lastCap: number): number {
  let mask = 0;
  for (const number of new Set(names?.map((name) => numbers.get(name)))) {
    // Beyond 32 bits: added up, since number | number is 32 bits wide; the set sees to it that no bit is added twice.
    if (number !== undefined && number <= lastCap) mask += 2 ** number;
  }
  return mask;
}

/** Without the object all sets are empty: every capability is dropped. */
export function capabilityMasks(capabilities: Capabilities | undefined, lastCap: number): CapabilityMasks {
  return {
    bounding: capabilityMask(capabilities?.bounding, lastCap),
    effective: capabilityMask(capabilities?.effective, lastCap),
    permitted: capabilityMask(capabilities?.permitted, lastCap),
    inheritable: capabilityMask(capabilities?.inheritable, lastCap),
    ambient: capabilityMask(capabilities?.ambient, lastCap),
  };
}

export function hasCapability(mask: Int64, name: (typeof capabilityNames)[number]): boolean {
  return ((BigInt(mask) >> BigInt(capabilityNames.indexOf(name))) & 1n) === 1n;
}

/** The names that were left out, for one debug record; sorted, each once. */
export function ignoredCapabilities(capabilities: Capabilities | undefined, lastCap: number): string[] {
  const names = new Set(Object.values(capabilities ?? {}).flat() as string[]);
  return [...names].filter((name) => (numbers.get(name) ?? Infinity) > lastCap).sort();
}

/** `CAP_KILL,CAP_CHOWN` of a mask; numbers without a name as `CAP_63`. */
export function capabilityList(mask: Int64): string[] {
  const names: string[] = [];
  for (let bits = BigInt(mask), number = 0; bits !== 0n; bits >>= 1n, number += 1) {
    if ((bits & 1n) === 1n) names.push(capabilityNames[number] ?? `CAP_${number}`);
  }
  return names;
}
