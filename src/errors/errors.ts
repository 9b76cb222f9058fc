// The one error shape of tsrunc (DESIGN section 7): what failed, which line of config.json asked for it, and what to change.

export interface ErrorFields {
  /** Step id of the plan: `mounts/3/bind`. */
  readonly step?: string | undefined;
  /** JSON pointer or `cli:--flag` or `default:/x` that asked for it. */
  readonly at?: string | undefined;
  /** `config.json:41:17`, when `at` is a pointer and the position is known. */
  readonly where?: string | undefined;
  /** The verb: `mount.bind`. */
  readonly op?: string | undefined;
  /** The system call as made. */
  readonly call?: string | undefined;
  readonly errno?: number | undefined;
  readonly code?: string | undefined;
  readonly object?: string | undefined;
  /** What to change, where we know it. */
  readonly hint?: string | undefined;
  /** Exit code of the command; 1 unless said otherwise (survey 3.10). */
  readonly exitCode?: number | undefined;
}

/** An error that is meant for the user: printed as one line, without a stack. Anything else that reaches main() is a bug of ours. */
export class TsruncError extends Error {
  readonly fields: ErrorFields;
  constructor(message: string, fields: ErrorFields = {}) {
    super(message);
    this.name = "TsruncError";
    this.fields = fields;
  }
}

/** A failed system call, as the native side throws it: `call` as made (`openat("/x", O_RDONLY)`), `code` ENOENT, `object` what it was about. Not yet tied to a step. */
export class SysError extends Error {
  readonly call: string;
  readonly errno: number;
  readonly code: string;
  readonly object: string;
  constructor(call: string, errno: number, code: string, text: string, object: string) {
    super(`${call}: ${code} (${text})`);
    this.name = "SysError";
    this.call = call;
    this.errno = errno;
    this.code = code;
    this.object = object;
  }
}
