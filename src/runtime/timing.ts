// What the steps of a plan add to the timeline of --trace: those of the runtime as they are carried out, those of stage and init from the memory
// that they share with us (docs/protocol.md, "Step times").
import type { Native } from "../host/port.js";
import type { Moment, Timeline } from "../log/timeline.js";
import type { Step } from "../plan/types.js";
import { readAll } from "../store/files.js";

/** The slot of PLAN in which init looks for it: addon/init/times.h. */
export const TIMES_SLOT = 63;

const HEAD = 8;
const RECORD = 24;

/** What a record is about. */
interface ChildStep {
  readonly step: Timed;
  readonly who: string;
  /** As the host sees it. */
  readonly pid: number;
}

type Timed = Pick<Step, "id" | "at"> & { readonly verb: string };

/** From `begin` until `end`, or now; `pid`: who did it, else this process. */
export function timedStep(
  timeline: Timeline | undefined,
  { id, at, verb }: Timed,
  who: string,
  begin: Moment,
  end?: Moment,
  pid?: number,
): void {
  timeline?.span(id, who, begin, end ?? timeline.now(), { at, verb }, pid);
}

/** The child's side of the times of at most `steps` steps. */
export class ChildTimes {
  readonly #native: Native;
  readonly #size: number;
  readonly #ours: number;
  /** For the child; whoever sends it closes it. */
  readonly theirs: number;
  /** When the child was last heard of. */
  end: Moment = 0;

  constructor(native: Native, steps: number) {
    this.#native = native;
    this.#size = HEAD + RECORD * steps;
    this.theirs = native.sharedMemory("tsrunc-times", this.#size);
    this.#ours = native.open(`/proc/self/fd/${this.theirs}`, ["read"], 0);
  }

  /**
   * Once, when the child is done or gone. A step without an end was its last one, until `end`: the program runs, or init waits. From seccomp.load on
   * the child does not look at the clock: that step then lasts until `end`, and what follows it is there.
   */
  collect(timeline: Timeline, step: (index: number) => ChildStep | undefined): void {
    const bytes = readAll(this.#native, this.#ours, this.#size);
    this.#native.close(this.#ours);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const moment = (at: number): Moment => Number(view.getBigUint64(at, true)) / 1000 || this.end;
    const named = new Set<number>();
    const count = Number(view.getBigUint64(0, true));
    for (let at = HEAD; at < HEAD + RECORD * count; at += RECORD) {
      const found = step(Number(view.getBigUint64(at, true)));
      if (found === undefined) continue;
      const { step: one, who, pid } = found;
      if (!named.has(pid)) timeline.process(pid, `tsrunc ${who}`);
      named.add(pid);
      timedStep(timeline, one, who, moment(at + 8), moment(at + 16), pid);
    }
  }
}
