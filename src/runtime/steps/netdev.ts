// Network devices of the host that the container gets.
import { TsruncError } from "../../errors/errors.js";
import type { Op } from "../../plan/types.js";
import { childOf, type ContainerNetwork, type Execution } from "../execution.js";

/** What undoes it is noted as soon as the device is gone from here: the addresses may still fail. */
export function move(op: Op<"netdev.move">, run: Execution): void {
  const { native } = run.context;
  const network = (run.network ??= containerNetwork(run));
  const moved = native.netDeviceMove(-1, network.ns, op.device, op.name);
  network.devices.set(op.device, moved);
  native.netDeviceConfigure(network.ns, moved.name, moved.addresses, true);
}

/** A namespace that is our own would only have its device renamed. */
function containerNetwork(run: Execution): ContainerNetwork {
  const { native } = run.context;
  const ns = native.open(`/proc/${childOf(run).pid}/ns/net`, ["read"], 0);
  const [theirs, ours] = [native.fstat(ns), native.stat("/proc/self/ns/net")];
  if (theirs.ino === ours.ino && theirs.dev === ours.dev) {
    native.close(ns);
    throw new TsruncError("unable to move network devices: the container is in the runtime's network namespace", {
      hint: "give the container a network namespace of its own",
    });
  }
  return { ns, devices: new Map() };
}

/** Of a device that is not here (any more), and at delete, there is nothing to do. */
export function giveBack(op: Op<"netdev.return">, run: Execution): void {
  const { native } = run.context;
  const moved = run.network?.devices.get(op.device);
  if (run.network === undefined || moved === undefined) return;
  const back = native.netDeviceMove(run.network.ns, -1, moved.name, op.device);
  run.network.devices.delete(op.device);
  native.netDeviceConfigure(-1, back.name, moved.addresses, moved.up);
}
