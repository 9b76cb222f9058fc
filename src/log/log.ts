// Log records as engines read them (survey 3.10): one write(2) each, appended, so that several processes can share the file
// (6.1 #3), and exactly one error record per failed command (podman parses the file as one object, 6.1 #4).
import { TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";

export type LogFormat = "text" | "json";

export interface LogOptions {
  /** --log; without it records go to stderr. */
  readonly path: string | undefined;
  readonly format: LogFormat;
  readonly debug: boolean;
}

/** One line with its end. `time` is RFC 3339 in UTC. */
export function formatRecord(format: LogFormat, level: string, msg: string, time: string): string {
  return format === "json"
    ? `${JSON.stringify({ level, msg, time })}\n`
    : `time=${JSON.stringify(time)} level=${level} msg=${JSON.stringify(msg)}\n`;
}

export function parseLogFormat(text: string): LogFormat {
  if (text === "text" || text === "json") return text;
  throw new TsruncError(`invalid log-format: ${text}`);
}

export class Log {
  readonly #native: Native;
  readonly #stderr: (text: string) => void;
  readonly #options: LogOptions;
  readonly #fd: number;

  /** Opens the file at once: a relative path is meant from the caller's directory, and an unusable one is an error. */
  constructor(native: Native, stderr: (text: string) => void, options: LogOptions) {
    this.#native = native;
    this.#stderr = stderr;
    this.#options = options;
    this.#fd = options.path === undefined ? -1 : native.open(options.path, ["write", "append", "create", "sync"], 0o644);
  }

  get debugging(): boolean {
    return this.#options.debug;
  }

  /** There is a file: warnings about what succeeds go nowhere else. */
  get toFile(): boolean {
    return this.#fd >= 0;
  }

  debug(msg: string): void {
    if (this.#options.debug) this.#write("debug", msg);
  }

  /** Something went wrong that does not make the command fail: a poststop hook. */
  warn(msg: string): void {
    this.#write("warning", msg);
  }

  /** The one error record of a failed command; with a log file the text alone goes to stderr too. */
  fatal(msg: string): void {
    this.#write("error", msg);
    if (this.#fd >= 0) this.#stderr(`${msg}\n`);
  }

  #write(level: string, msg: string): void {
    const time = `${new Date(this.#native.now()).toISOString().slice(0, 19)}Z`;
    const record = formatRecord(this.#options.format, level, msg, time);
    if (this.#fd < 0) this.#stderr(record);
    else this.#native.writeOnce(this.#fd, record);
  }
}
