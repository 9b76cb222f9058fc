// What addon/core/seccomp.cc compiles: a profile after the pure translation of src/seccomp. Sent as JSON; 64-bit values as decimal strings.

export interface SeccompArg {
  readonly index: number;
  /** SCMP_CMP_* name without prefix: NE LT LE EQ GE GT MASKED_EQ. */
  readonly op: string;
  /** Decimal. For MASKED_EQ `value` is the mask and `valueTwo` the datum, as in the OCI spec. */
  readonly value: string;
  readonly valueTwo: string;
}

/** SCMP_ACT_* name without prefix: KILL KILL_PROCESS KILL_THREAD TRAP ERRNO TRACE ALLOW LOG. */
export interface SeccompAction {
  readonly action: string;
  /** For ERRNO and TRACE. */
  readonly errnoRet?: number;
}

export interface SeccompRule extends SeccompAction {
  readonly name: string;
  readonly args: readonly SeccompArg[];
}

export interface SeccompRequest {
  readonly default: SeccompAction;
  /** SCMP_ARCH_* names without prefix, lower case as libseccomp wants them (seccomp_arch_resolve_name): x86_64, x86, x32, aarch64... */
  readonly architectures: readonly string[];
  readonly rules: readonly SeccompRule[];
  /** Answer ENOSYS for system calls newer than any that the profile names (survey 2.10, "-ENOSYS stub"). */
  readonly enosysStub: boolean;
}
