// What every verb of the runtime is given: the host, where state lives, how to log.
import type { Host, Native } from "../host/port.js";
import type { Log } from "../log/log.js";
import type { Timeline } from "../log/timeline.js";
import type { Trace } from "../log/trace.js";
import type { StateRoot } from "../store/root.js";

export interface Context {
  readonly host: Host;
  readonly native: Native;
  readonly log: Log;
  readonly trace: Trace;
  /** With --trace. */
  readonly timeline?: Timeline;
  readonly root: StateRoot;
  /** The caller's directory: relative paths of the command line are meant from there (survey 6.1 #6). NO_CWD: it has been deleted. */
  readonly cwd: string;
  readonly systemdCgroup: boolean;
}
