// What an exec plan is made from. Pure data: the same input gives the same plan, byte for byte.
import type { NamespaceType, Process } from "../spec/config.js";
import type { SavedState } from "../store/state.js";
import type { Facts } from "./facts.js";

export interface ExecOptions {
  /** --preserve-fds N */
  readonly preserveFds: number;
  /** --console-socket, absolute. */
  readonly consoleSocket?: string;
  /** --pidfd-socket, absolute. */
  readonly pidfdSocket?: string;
  /** --pid-file, absolute. */
  readonly pidFile?: string;
  /** Without --detach: the terminal's master comes back to us instead of to a console socket. */
  readonly foreground: boolean;
  /** --cgroup, as given: `PATH` or `CONTROLLER[,CONTROLLER]:PATH`. */
  readonly cgroups: readonly string[];
}

/** What is known of the container's init when the plan is made. The plan verifies by its pidfd that it was that process. */
export interface ExecTarget {
  /** Namespaces in which it is not where the runtime is. */
  readonly namespaces: readonly NamespaceType[];
  /** setns(2) takes a pidfd (5.8). */
  readonly pidfdJoins: boolean;
}

export interface ExecInput {
  readonly state: Pick<SavedState, "id" | "bundle" | "pid" | "cgroups" | "noNewKeyring" | "config"> &
    Partial<Pick<SavedState, "systemdCgroup">>;
  /** The new process, complete: what the container gives by default is in it. */
  readonly process: Process;
  /** Where parts of the process come from, by JSON pointer: `/process/user` -> `cli:--user`. */
  readonly origins: Readonly<Record<string, string>>;
  readonly facts: Facts;
  readonly target: ExecTarget;
  readonly options: ExecOptions;
}
