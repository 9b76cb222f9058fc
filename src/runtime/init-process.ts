// The start of init where no stage makes it (docs/adr/0009-one-clone.md).
import { SysError, TsruncError } from "../errors/errors.js";
import type { Op } from "../plan/types.js";
import { Child } from "./child.js";
import type { Context } from "./context.js";
import type { SpawnDetails } from "./execution.js";

type Streams = Pick<SpawnDetails, "stdio" | "preserve">;

/** `cgroup`: the open directory of the v2 cgroup that it is born in, -1 for ours. It waits for its plan. */
export function launchInit({ native, host, trace }: Context, op: Op<"init.spawn">, { stdio, preserve }: Streams, cgroup: number): Child {
  if (preserve.length !== op.preserveFds) throw new TsruncError(`${preserve.length} descriptors for ${op.preserveFds} places`);
  const { flags, unshare } = op;
  const child = new Child(
    native,
    trace,
    native.spawnInit({ stdio, preserve, launch: host.launch, flags, unshare, cgroup, init: true }),
    "init",
  );
  trace("turn", `init is ${child.initPid}`);
  return child;
}

/**
 * Init of a plan that is not compiled yet. Its start, the clone of its namespaces above all, takes as long as the rest of the compilation, the state directory
 * and the cgroups, and needs none of them. Until it has its plan it does nothing, and it ends when we do: nothing of it has to be noted.
 */
export class EarlyInit {
  readonly #context: Context;
  #child: Child | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  begin(op: Op<"init.spawn">, streams: Streams): void {
    const { timeline } = this.#context;
    const from = timeline?.now();
    try {
      this.#child = launchInit(this.#context, op, streams, -1);
    } catch (error) {
      // The step meets it again, and says so as a step.
      if (!(error instanceof SysError)) throw error;
    }
    timeline?.phase("spawn", from);
  }

  /** For the step that it was begun for. */
  take(): Child | undefined {
    const child = this.#child;
    this.#child = undefined;
    return child;
  }

  /** Kills one that nobody has taken. */
  end(): void {
    this.take()?.destroy();
  }
}
