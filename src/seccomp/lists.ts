// What of libseccomp a profile may name, as in config-linux.md, "Seccomp". `features` prints the keys.

/** config.json's name → libseccomp's (seccomp_arch_resolve_name(3)). */
export const seccompArchs: Readonly<Record<string, string>> = {
  SCMP_ARCH_AARCH64: "aarch64",
  SCMP_ARCH_ARM: "arm",
  SCMP_ARCH_LOONGARCH64: "loongarch64",
  SCMP_ARCH_M68K: "m68k",
  SCMP_ARCH_MIPS: "mips",
  SCMP_ARCH_MIPS64: "mips64",
  SCMP_ARCH_MIPS64N32: "mips64n32",
  SCMP_ARCH_MIPSEL: "mipsel",
  SCMP_ARCH_MIPSEL64: "mipsel64",
  SCMP_ARCH_MIPSEL64N32: "mipsel64n32",
  SCMP_ARCH_PARISC: "parisc",
  SCMP_ARCH_PARISC64: "parisc64",
  SCMP_ARCH_PPC: "ppc",
  SCMP_ARCH_PPC64: "ppc64",
  SCMP_ARCH_PPC64LE: "ppc64le",
  SCMP_ARCH_RISCV64: "riscv64",
  SCMP_ARCH_S390: "s390",
  SCMP_ARCH_S390X: "s390x",
  SCMP_ARCH_SH: "sh",
  SCMP_ARCH_SHEB: "sheb",
  SCMP_ARCH_X32: "x32",
  SCMP_ARCH_X86: "x86",
  SCMP_ARCH_X86_64: "x86_64",
};

/** Sorted, as `features` prints them. */
export const seccompActions: readonly string[] = [
  "SCMP_ACT_ALLOW",
  "SCMP_ACT_ERRNO",
  "SCMP_ACT_KILL",
  "SCMP_ACT_KILL_PROCESS",
  "SCMP_ACT_KILL_THREAD",
  "SCMP_ACT_LOG",
  "SCMP_ACT_NOTIFY",
  "SCMP_ACT_TRACE",
  "SCMP_ACT_TRAP",
];

export const seccompOperators: readonly string[] = [
  "SCMP_CMP_EQ",
  "SCMP_CMP_GE",
  "SCMP_CMP_GT",
  "SCMP_CMP_LE",
  "SCMP_CMP_LT",
  "SCMP_CMP_MASKED_EQ",
  "SCMP_CMP_NE",
];

/** Bits of seccomp(2) by name; TSYNC has none: the thread that loads the filter is the only one, and it is about to exec. */
export const seccompFlagBits: Readonly<Record<string, number>> = {
  SECCOMP_FILTER_FLAG_TSYNC: 0,
  SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
  SECCOMP_FILTER_FLAG_LOG: 1 << 1,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1 << 5,
};

export const seccompKnownFlags: readonly string[] = Object.keys(seccompFlagBits);

export const seccompSupportedFlags: readonly string[] = seccompKnownFlags;

/** SECCOMP_FILTER_FLAG_NEW_LISTENER: not for config.json, it follows from SCMP_ACT_NOTIFY. */
export const NEW_LISTENER = 1 << 3;
