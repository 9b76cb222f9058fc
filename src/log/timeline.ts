// `tsrunc --trace FILE`: what a command did when, as Chrome trace events (the JSON array format), for chrome://tracing or Perfetto. Loaded only
// when the flag is given; whoever measures asks `context.timeline?.` and pays nothing without.
import { TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";

const HEAD = "[\n";
const TAIL = "\n]\n";
const CHUNK = 1 << 20;

/** Microseconds of CLOCK_MONOTONIC. */
export type Moment = number;

export class Timeline {
  readonly #native: Native;
  readonly #path: string;
  readonly #pid: number;
  readonly #events: string[] = [];
  readonly #label: string;
  readonly #begin: Moment;
  #fd: number;

  /** Opens the file at once: a command whose trace could not be written is not begun. What is in it stays; it must be a trace. */
  constructor(native: Native, path: string, label: string) {
    this.#native = native;
    this.#path = path;
    this.#pid = native.getpid();
    this.#fd = native.open(path, ["readwrite", "create"], 0o644);
    try {
      this.#content();
    } catch (error) {
      native.close(this.#fd);
      throw error;
    }
    this.#label = label;
    this.process(this.#pid, `tsrunc ${label}`);
    // What was before the first look at the clock: no time of birth is exact to less than 10 ms, but the work that was done since is.
    const now = this.now();
    this.#begin = now - Number(native.cpuNs()) / 1000;
    this.span("start", "phase", this.#begin, now, { measured: "CPU time" });
  }

  now(): Moment {
    return Number(this.#native.monotonicNs()) / 1000;
  }

  /** A phase of the command itself from `begin` until now; returns now, where the next one begins. */
  phase(name: string, begin: Moment | undefined): Moment {
    const now = this.now();
    this.span(name, "phase", begin ?? now, now, {});
    return now;
  }

  /** `pid`: the process that did it; ours without. */
  span(name: string, cat: string, begin: Moment, end: Moment, args: Readonly<Record<string, unknown>>, pid = this.#pid): void {
    this.#push({ name, cat, ph: "X", ts: begin, dur: Math.max(0, end - begin), pid, tid: pid, args });
  }

  /** What the rows of a process are called. */
  process(pid: number, name: string): void {
    this.#push({ name: "process_name", ph: "M", pid, tid: pid, args: { name } });
  }

  #push(event: Readonly<Record<string, unknown>>): void {
    this.#events.push(JSON.stringify(event));
  }

  /** Puts the events into the file, behind what other commands have put there meanwhile: it is a whole JSON text again. */
  write(): void {
    const native = this.#native;
    this.span(this.#label, "command", this.#begin, this.now(), {});
    native.flock(this.#fd, true);
    try {
      const keep = this.#content();
      const file = native.open(`/proc/self/fd/${this.#fd}`, ["readwrite"], 0);
      try {
        // There is no lseek in the port: reading moves as well.
        for (let left = keep; left > 0;) left -= native.read(file, Math.min(left, CHUNK)).length;
        native.write(file, `${keep === 0 ? HEAD : ",\n"}${this.#events.join(",\n")}${TAIL}`);
      } finally {
        native.close(file);
      }
    } finally {
      native.close(this.#fd);
      this.#fd = -1;
    }
  }

  /** How many bytes come before the end of the array. */
  #content(): number {
    const { type, size } = this.#native.fstat(this.#fd);
    if (type !== "file") throw new TsruncError(`${this.#path}: not a regular file`, { at: "cli:--trace" });
    if (size === 0) return 0;
    const text = this.#native.readText(`/proc/self/fd/${this.#fd}`);
    if (text.startsWith(HEAD) && text.endsWith(TAIL)) return size - TAIL.length;
    throw new TsruncError(`${this.#path} is not empty and not a trace of tsrunc`, {
      at: "cli:--trace",
      hint: "name a new file, or remove this one",
    });
  }
}
