// A short life of tsrunc-init beside the container's: the few steps that need namespaces of their own, then it ends. Never this process
// itself: it has threads, and what enters a container's namespaces must be small and non-dumpable.
import { errnoName, errnoText } from "../errors/errno.js";
import { SysError, TsruncError } from "../errors/errors.js";
import { encodePlan } from "../plan/encode.js";
import type { Op, Step } from "../plan/types.js";
import type { FailMessage } from "../plan/wire.js";
import { Child, ChildDeath, ChildFailure, type OpenedMount, SpawnFailure } from "./child.js";
import type { Context } from "./context.js";

/** What the helper is when it has done its steps: it waits, and ends when `use` returns. */
export interface HelperDone {
  readonly pid: number;
  /** Of mount.open; the caller's to close. */
  readonly opened: OpenedMount | undefined;
}

/** Carries out `ops` as a stage. `fds` by slot stay the caller's. Throws as a step of the runtime would: SysError, TsruncError. */
export function withHelper<T>(context: Context, ops: readonly Op[], fds: ReadonlyMap<number, number>, use: (done: HelperDone) => T): T {
  const { native, host, trace } = context;
  const blob = encodePlan({ command: "mounts", id: "helper", steps: stepsOf(ops) });
  const spawned = native.spawnInit({ stdio: [0, 1, 2], preserve: [], launch: host.launch });
  const child = new Child(native, trace, spawned, "stage");
  trace("turn", `helper ${spawned.pid}: ${ops.map(({ verb }) => verb).join(", ")}`);
  try {
    child.sendPlan(blob, host.launch.umask, 0, fds);
    const opened = ops.some(({ verb }) => verb === "mount.open") ? child.awaitMount() : undefined;
    child.awaitTurn(ops.length - 1);
    return use({ pid: spawned.pid, opened });
  } catch (error) {
    throw stepFailure(error);
  } finally {
    child.destroy();
    native.close(spawned.pidfd);
  }
}

/** The runtime's step at the end makes the helper hand over rather than look for a program to execute. */
function stepsOf(ops: readonly Op[]): Step[] {
  const steps = ops.map((op, index): Step => ({ id: `helper/${index}`, at: "default:helper", who: "stage", op }));
  return [...steps, { id: "helper/end", at: "default:helper", who: "runtime", op: { verb: "stage.end" } }];
}

/** To the caller its index says nothing: it is the caller's own step that failed. */
function stepFailure(error: unknown): unknown {
  if (error instanceof ChildFailure) return failure(error.fail);
  if (error instanceof SpawnFailure) return error.cause;
  if (!(error instanceof ChildDeath)) return error;
  return new TsruncError("a helper process ended early", { hint: "somebody killed it, or the host ran out of memory" });
}

function failure({ errno, call, object, text }: FailMessage): Error {
  if (errno === 0 || text !== "") return new TsruncError(text === "" ? call : text, { object });
  return new SysError(call, errno, errnoName(errno), errnoText(errno), object);
}
