// The runtime's half of the op table: every verb that `who: runtime` carries out, and no other.
import type { optable } from "../../plan/optable.js";
import type { Op, OpName, Step } from "../../plan/types.js";
import type { Execution } from "../execution.js";
import * as cgroup from "./cgroup.js";
import * as child from "./child.js";
import * as container from "./container.js";
import * as criu from "./criu.js";
import { openGate } from "./gate.js";
import { runHookStep } from "./hook.js";
import { killInit } from "./kill.js";
import { compileSeccomp, connectAgent } from "./seccomp.js";
import * as mounts from "./mounts.js";
import * as netdev from "./netdev.js";
import * as rdt from "./rdt.js";
import * as rootfs from "./rootfs.js";
import * as store from "./store.js";
import * as systemd from "./systemd.js";

type Table = typeof optable;
export type RuntimeVerb = { [K in OpName]: "runtime" extends Table[K]["who"][number] ? K : never }[OpName];

export type StepFunction<V extends OpName> = (op: Op<V>, run: Execution, step: Omit<Step, "op" | "who">) => void;

export const runtimeSteps: { readonly [V in RuntimeVerb]: StepFunction<V> } = {
  "store.create": store.create,
  "store.save": store.save,
  "store.remove": store.remove,
  "notify.create": store.createNotify,
  "pidfile.write": store.writePidFile,
  "pidfile.remove": store.removePidFile,
  "pidfd.send": child.sendPidfd,
  "cgroup.create": cgroup.create,
  "cgroup.remove": cgroup.remove,
  "cgroup.open": cgroup.open,
  "cgroup.join": cgroup.join,
  "cgroup.follow": cgroup.follow,
  "cgroup.write": cgroup.write,
  "cgroup.rules": cgroup.writeRules,
  "cgroup.devices": cgroup.attachDevices,
  "cgroup.own": cgroup.own,
  "systemd.start": systemd.start,
  "systemd.stop": systemd.stop,
  "systemd.set": systemd.set,
  "systemd.attach": systemd.attach,
  "container.pidfd": container.openPidfd,
  "container.root": container.openRoot,
  "ns.open": child.openNamespace,
  "console.connect": child.connectConsole,
  "console.receive": child.receiveConsole,
  "gate.listen": child.listenGate,
  "seccomp.compile": compileSeccomp,
  "seccomp.connect": connectAgent,
  "stage.spawn": child.spawnStage,
  "init.spawn": child.spawnInit,
  "idmap.write": child.writeIdMaps,
  "idmap.check": child.checkIdMaps,
  "rdt.create": rdt.create,
  "rdt.remove": rdt.remove,
  "rdt.use": rdt.use,
  "rdt.write": rdt.write,
  "rdt.join": rdt.join,
  "netdev.move": netdev.move,
  "netdev.return": netdev.giveBack,
  "timens.write": child.writeTimeOffsets,
  "oom.write": child.writeOomScore,
  "rlimit.set": child.setRlimit,
  "rootfs.attach": rootfs.attach,
  "rootfs.detach": rootfs.detach,
  "mount.prepare": mounts.prepare,
  "mounts.note": mounts.note,
  "mounts.withdraw": mounts.withdraw,
  "mounts.forget": mounts.forget,
  "stage.end": child.endStage,
  "gate.open": openGate,
  "criu.request": criu.request,
  "criu.until": criu.until,
  "criu.retreat": criu.retreat,
  "criu.finish": criu.finish,
  "process.kill": killInit,
  "hook.run": runHookStep,
};

/** Refusals that must come before the step's effect is noted in the store: what is refused there is not ours to undo. */
const runtimeChecks: { readonly [V in RuntimeVerb]?: StepFunction<V> } = {
  "cgroup.create": cgroup.checkUnused,
  "rdt.create": rdt.checkUnused,
};

export function isRuntimeVerb(verb: OpName): verb is RuntimeVerb {
  return Object.hasOwn(runtimeSteps, verb);
}

/** Carries out one op; the table makes sure that op and function belong together. */
export function carryOut(op: Op, run: Execution, step: Omit<Step, "op" | "who">): void {
  if (!isRuntimeVerb(op.verb)) throw new Error(`${op.verb} is no verb of the runtime`);
  (runtimeSteps[op.verb] as StepFunction<OpName>)(op, run, step);
}

export function checkFirst(op: Op, run: Execution, step: Omit<Step, "op" | "who">): void {
  const check = runtimeChecks[op.verb as RuntimeVerb] as StepFunction<OpName> | undefined;
  check?.(op, run, step);
}
