// What a create plan is made from. Pure data: the same input gives the same plan, byte for byte.
import type { Config } from "../spec/config.js";
import type { Facts } from "./facts.js";

export interface CreateOptions {
  /** --no-pivot: move the rootfs on "/" instead of pivot_root(2) (a rootfs on the initial ramfs). */
  readonly noPivot: boolean;
  /** --no-new-keyring: keep the caller's session keyring. */
  readonly noNewKeyring: boolean;
  /** --preserve-fds N: how many descriptors of the caller follow those of LISTEN_FDS. */
  readonly preserveFds: number;
  /** LISTEN_FDS of the caller, when LISTEN_PID named it; 0 else. */
  readonly listenFds: number;
  /** --console-socket, absolute. */
  readonly consoleSocket?: string;
  /** --pidfd-socket, absolute. */
  readonly pidfdSocket?: string;
  /** --pid-file, absolute. */
  readonly pidFile?: string;
  /** `run` without --detach: the terminal's master comes back to us instead of to a console socket. */
  readonly foreground: boolean;
  /** `run`: init goes on to the program by itself, there is no gate and no `start`. */
  readonly run?: boolean;
  /** NOTIFY_SOCKET is set: what the program says with sd_notify(3) is relayed. */
  readonly notify?: boolean;
  /** --systemd-cgroup: the container is a unit of systemd. */
  readonly systemdCgroup?: boolean;
}

export interface CreateInput {
  readonly id: string;
  /** Absolute path of the bundle. */
  readonly bundle: string;
  /** `<root>/<id>`. */
  readonly stateDir: string;
  /** config.json after the schema and the semantic rules. */
  readonly config: Config;
  readonly facts: Facts;
  readonly options: CreateOptions;
  /** Indices in /mounts of bind mounts whose source the container's root cannot reach: the runtime opens them (survey 6.3 #33). */
  readonly closedSources?: readonly number[];
}
