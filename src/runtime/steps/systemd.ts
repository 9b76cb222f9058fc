// The container as a unit of systemd.
import { TsruncError } from "../../errors/errors.js";
import type { Op } from "../../plan/types.js";
import { childOf, type Execution } from "../execution.js";
import { askSystemd } from "../systemd.js";

export function start(op: Op<"systemd.start">, run: Execution): void {
  const { unit, user, group, properties } = op;
  const pids = unit.endsWith(".slice") ? [] : ["PIDs", "0", "au", "1", String(childOf(run).pid)];
  askSystemd(run.context, { verb: "start", unit, user, arguments: [group, ...properties, ...pids] });
}

export function set({ unit, user, properties }: Op<"systemd.set">, run: Execution): void {
  askSystemd(run.context, { verb: "set", unit, user, arguments: properties });
}

export function stop({ unit, user, mark }: Op<"systemd.stop">, run: Execution): void {
  askSystemd(run.context, { verb: "stop", unit, user, arguments: [mark] });
}

/** init may be in a cgroup below that of the unit. */
export function attach({ unit, user, mountpoint, dir }: Op<"systemd.attach">, run: Execution): void {
  const native = run.context.native;
  const path = /^0::(.*)$/m.exec(native.readText(`/proc/${run.initPid}/cgroup`))?.[1] ?? "";
  const own = `${mountpoint}${path}`;
  if (own !== dir && !own.startsWith(`${dir}/`)) throw new TsruncError(`the container's init is in ${path}, not in the cgroup of ${unit}`);
  askSystemd(run.context, { verb: "attach", unit, user, arguments: [own.slice(dir.length), String(childOf(run).pid)] });
}
