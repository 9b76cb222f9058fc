// What addon/core/seccomp.cc compiles: a profile after the pure translation of src/seccomp. Sent as JSON; 64-bit values as decimal strings.

export interface SeccompArg {
  readonly index: number;
  /** SCMP_CMP_* name without prefix: NE LT LE EQ GE GT MASKED_EQ. */
  readonly op: string;
  /** Decimal. For MASKED_EQ `value` is the mask and `valueTwo` the datum, as in the OCI spec. */
  readonly value: string;
  readonly valueTwo: string;
}

/** SCMP_ACT_* name without prefix: KILL KILL_PROCESS KILL_THREAD TRAP ERRNO TRACE ALLOW LOG NOTIFY. */
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
  /** Beside the native one, as seccomp_arch_resolve_name(3) wants them: x86_64, x86, x32, aarch64... */
  readonly architectures: readonly string[];
  readonly rules: readonly SeccompRule[];
  /** Every system call that the profile names, those of left-out rules too: what the stub takes for known. Empty without the stub. */
  readonly named: readonly string[];
  /** Answer ENOSYS for system calls newer than any that the profile names (survey 2.10, "-ENOSYS stub"). */
  readonly enosysStub: boolean;
  /** Have libseccomp sort the calls into a binary tree. */
  readonly optimize: boolean;
}
