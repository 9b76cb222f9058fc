// What the steps of one plan share while it is carried out.
import { TsruncError } from "../errors/errors.js";
import type { SavedCgroup, SavedState, SavedStep } from "../store/state.js";
import type { MovedDevice } from "../host/port.js";
import type { Entry } from "../store/entry.js";
import type { ChildSegment } from "../plan/project.js";
import type { Plan, Step } from "../plan/types.js";
import { giveUp } from "../store/files.js";
import type { Child } from "./child.js";
import type { Context } from "./context.js";
import type { CriuSession } from "./criu.js";
import type { EarlyInit } from "./init-process.js";
import type { ChildTimes } from "./timing.js";

/** What create and exec need to spawn a process. */
export interface SpawnDetails {
  /** Descriptors that become 0, 1 and 2 of the container. */
  readonly stdio: readonly [number, number, number];
  /** Descriptors that become 3, 4, ... */
  readonly preserve: readonly number[];
  readonly cgroups: readonly SavedCgroup[];
}

/** What only a create plan needs to write its state.json. */
export interface CreateDetails extends SpawnDetails {
  readonly state: Omit<SavedState, "pid" | "startTime" | "cgroups">;
  readonly terminal: boolean;
}

export interface ContainerNetwork {
  /** A descriptor of the namespace. */
  readonly ns: number;
  /** By the name that they had. */
  readonly devices: Map<string, MovedDevice>;
}

export interface Execution {
  readonly context: Context;
  readonly plan: Plan;
  readonly entry: Entry;
  /** `config.json:41:17` of a JSON pointer, while config.json is at hand. */
  readonly where: (at: string) => string | undefined;
  readonly userNamespace: boolean;
  readonly create?: CreateDetails;
  readonly exec?: SpawnDetails;
  /** At `start`: the steps of init that are left. */
  readonly afterGate?: readonly SavedStep[];
  /** Slot number to descriptor. */
  readonly slots: Map<number, number>;
  /** Our end of the socketpair of a foreground terminal. */
  console?: number;
  /** Of that terminal, once console.receive has it. */
  master?: number;
  child?: Child;
  /** Of create. */
  readonly early?: EarlyInit;
  /** Network devices that are in the container's network namespace now, and that namespace, which they would be gone with. */
  network?: ContainerNetwork;
  /** With --trace, once there is a child. */
  times?: ChildTimes;
  /** checkpoint and restore: the process that the plan makes is CRIU, not the container's init. */
  readonly criu?: CriuSession;
  /** The container's init in our pid namespace; 0 while there is none, or none any more. */
  initPid: number;
  /** Field 22 of its /proc/PID/stat. */
  startTime: string;
  /** The v2 cgroup that the stage was born in. */
  bornIn?: string;
  /** `run`: what remains to be done when init is about to go on to the program, which nobody stops any more. */
  beforeProgram?: () => void;
  /** `run`: what can be done once init may go on to the program, before it is known that it has. */
  besideProgram?: () => void;
  /** What the child is at, when GO for what comes next is not to wait for its end. */
  unheard?: ChildSegment;
  /** The steps that were begun and that have an inverse, in this order. */
  begun?: readonly Step[];
  /** What store.save is going to show. */
  prepared?: SavedState;
  /** What store.save has shown. */
  saved?: SavedState;
  /** Of the detached mount that mount.prepare made last. */
  mountId?: bigint;
}

export function createDetails(run: Execution): CreateDetails {
  if (run.create === undefined) throw new TsruncError(`a step of create in a ${run.plan.command} plan`);
  return run.create;
}

export function spawnDetails(run: Execution): SpawnDetails {
  return run.exec ?? createDetails(run);
}

export function childOf(run: Execution): Child {
  if (run.child === undefined) throw new TsruncError("the plan needs the container's process before it is spawned");
  return run.child;
}

/** The process that the command has made for the caller: what its pid file names. */
export function newPid(run: Execution): number {
  return run.criu === undefined ? childOf(run).initPid : run.initPid;
}

export function fillSlot(run: Execution, slot: number, fd: number): void {
  if (run.slots.has(slot)) {
    run.context.native.close(fd);
    throw new TsruncError(`slot ${slot} is filled twice`);
  }
  run.slots.set(slot, fd);
}

/** The descriptor is the caller's from here on. */
export function takeSlot(run: Execution, slot: number): number {
  const fd = run.slots.get(slot);
  if (fd === undefined) throw new TsruncError(`nothing is at slot ${slot}`);
  run.slots.delete(slot);
  return fd;
}

export function closeSlots(run: Execution): void {
  for (const fd of run.slots.values()) giveUp(run.context.native, fd);
  run.slots.clear();
}

export function closeNetwork(run: Execution): void {
  if (run.network !== undefined) giveUp(run.context.native, run.network.ns);
  delete run.network;
}
