// What a container may do next, and what each command must then say: the lifecycle of the runtime-spec, as a table.
import type { Random } from "../../support/random.js";

export type Status = "absent" | "created" | "running" | "paused" | "stopped";

export interface Action {
  readonly name: string;
  /** After the runtime's global flags; ID and BUNDLE stand for themselves. */
  readonly args: readonly string[];
  /** By the status before: the status after it, or the error. A status that is not named is not tried. */
  readonly then: Partial<Record<Status, Status | RegExp>>;
  /** Other than 0 on success, and other than 1 on failure. */
  readonly exitCode?: number;
  readonly errorCode?: number;
}

const gone = /container does not exist/;
const live = { created: "created", running: "running", paused: "paused" } as const;

export const actions: readonly Action[] = [
  {
    name: "create",
    args: ["create", "--bundle", "BUNDLE", "ID"],
    then: { absent: "created", created: /already exists/, running: /already exists/, stopped: /already exists/ },
  },
  {
    name: "start",
    args: ["start", "ID"],
    then: { absent: gone, created: "running", running: /already running/, paused: /cannot start/, stopped: /has stopped/ },
  },
  {
    name: "exec",
    args: ["exec", "ID", "true"],
    errorCode: 255,
    then: { absent: gone, created: "created", running: "running", paused: /paused container/, stopped: /stopped container/ },
  },
  { name: "exec 7", args: ["exec", "ID", "sh", "-c", "exit 7"], exitCode: 7, then: { created: "created", running: "running" } },
  { name: "exec missing", args: ["exec", "ID", "nothing"], errorCode: 255, then: { running: /executable file not found/ } },
  { name: "signal", args: ["kill", "ID", "WINCH"], then: { absent: gone, ...live, stopped: /container not running/ } },
  { name: "kill", args: ["kill", "ID", "KILL"], then: { created: "stopped", running: "stopped", paused: "stopped" } },
  { name: "pause", args: ["pause", "ID"], then: { absent: gone, running: "paused", paused: /paused/, stopped: /not running/ } },
  { name: "resume", args: ["resume", "ID"], then: { absent: gone, running: /not paused/, paused: "running", stopped: /not paused/ } },
  {
    name: "update",
    args: ["update", "--memory", "64M", "--pids-limit", "30", "ID"],
    then: { absent: gone, ...live, stopped: /not running/ },
  },
  { name: "ps", args: ["ps", "--format", "json", "ID"], then: { running: "running", paused: "paused" } },
  { name: "delete", args: ["delete", "ID"], then: { absent: gone, running: /not stopped/, paused: /not stopped/, stopped: "absent" } },
  {
    name: "delete --force",
    args: ["delete", "--force", "ID"],
    then: { absent: "absent", created: "absent", running: "absent", paused: "absent", stopped: "absent" },
  },
];

/** Ends come less often than they are possible, so that containers get to live. */
const weights: Readonly<Record<string, number>> = { create: 6, start: 6, exec: 4, "delete --force": 1, delete: 3 };

export function choose(random: Random, status: Status): Action {
  const possible = actions.filter(({ then }) => then[status] !== undefined);
  return random.pick(possible.flatMap((action) => Array<Action>(weights[action.name] ?? 2).fill(action)));
}
