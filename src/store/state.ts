// state.json: all that a later command needs to know, so that the bundle may be gone by then (survey 3.12, 6.3 #37).
import type { Op } from "../plan/types.js";
import type { ConfigSummary } from "./summary.js";

export type Status = "creating" | "created" | "running" | "paused" | "stopped";

export interface SavedCgroup {
  readonly version: 1 | 2;
  readonly dir: string;
  /** Controllers of a v1 hierarchy; empty for v2. */
  readonly controllers: readonly string[];
}

export interface SavedStep {
  /** Index in the create plan, as FAIL carries it. */
  readonly index: number;
  readonly id: string;
  readonly at: string;
  readonly verb: string;
}

export interface SavedMount {
  /** Its destination in the container, clean. */
  readonly target: string;
  /** Of the kernel (statx(2) stx_mnt_id), in decimal: tells it from what the container may mount there by itself. */
  readonly mountId: string;
}

export interface SavedState {
  /** Version of this format. */
  readonly version: 1;
  readonly id: string;
  readonly ociVersion: string;
  readonly bundle: string;
  readonly rootfs: string;
  /** RFC 3339 with nanoseconds. */
  readonly created: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat: tells a reused pid. A decimal string (64 bits). */
  readonly startTime: string;
  readonly systemdCgroup: boolean;
  readonly rootless: boolean;
  /** --no-new-keyring was given: exec leaves the caller's session keyring as well. */
  readonly noNewKeyring?: boolean;
  /** Where descriptors 0, 1 and 2 of init led, as /proc/PID/fd says: `pipe:[4711]`. Empty where that was not to be seen. */
  readonly descriptors?: readonly string[];
  readonly cgroups: readonly SavedCgroup[];
  /** What `mounts add` brought, the last one last; an entry is there before its mount is. */
  readonly addedMounts?: readonly SavedMount[];
  /** The steps that init runs after the gate, so that `start` can name the one that failed. */
  readonly afterGate: readonly SavedStep[];
  readonly summary: ConfigSummary;
  /** config.json as validated; 64-bit integers as exact JSON numbers (src/spec/json writes them). Read from the file when first asked for. */
  readonly config: unknown;
}

/** journal.json: how to take back what the plan did to the host, last effect first. Written before the first step runs. */
export interface Journal {
  readonly version: 1;
  readonly id: string;
  readonly undo: readonly { readonly id: string; readonly op: Op }[];
}
