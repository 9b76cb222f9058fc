// What the passes share: parts of the input that many of them ask for, and the numbers of the fd slots.
import { type DeviceState, deviceRules } from "../cgroup/devices.js";
import { type CgroupPlace, cgroupPlaces } from "../cgroup/place.js";
import { type Unit, unitOf, unitPlaces } from "../cgroup/unit.js";
import { TsruncError } from "../errors/errors.js";
import type { Linux, Namespace, NamespaceType, Process, Root } from "../spec/config.js";
import { type MountShape, mountShapes } from "../spec/mount-shape.js";
import { cleanPath } from "../spec/rules/rule.js";
import { isHostRoot } from "./facts.js";
import type { CreateInput } from "./input.js";
import type { Actor, Op, Step } from "./types.js";

export interface NamespaceEntry {
  readonly type: NamespaceType;
  /** Absent: a new one. */
  readonly path?: string;
  /** Its JSON pointer. */
  readonly at: string;
  /** Filled when there is a path. */
  readonly slot?: number;
}

export interface PlanContext extends CreateInput {
  readonly process: Process;
  readonly root: Root;
  readonly linux: Linux;
  readonly namespaces: ReadonlyMap<NamespaceType, NamespaceEntry>;
  readonly places: readonly CgroupPlace[];
  /** With the systemd cgroup driver. */
  readonly unit?: Unit;
  readonly deviceRules: DeviceState;
  readonly slots: {
    readonly console: number;
    readonly gate: number;
    readonly seccomp: number;
    readonly cgroup: number;
    readonly rootfs: number;
  };
  /** The program's environment: each name once, its last value. */
  readonly env: readonly string[];
}

/** Where the container finds the socket of sd_notify(3); the host's own never reaches it (survey 6.2). */
export const NOTIFY_DIRECTORY = "/run/notify";

/** One concern of the container, as steps in order. */
export type Pass = (context: PlanContext) => readonly Step[];

/** There are eight kinds of namespaces. */
const SLOT = { gate: 0, console: 1, seccomp: 2, firstNamespace: 3, cgroup: 11, rootfs: 12 } as const;

export function planContext(input: CreateInput): PlanContext {
  const { config, id, facts, options } = input;
  if (config.root === undefined) throw new TsruncError("root must be specified", { at: "/root" });
  const linux = config.linux ?? {};
  const user = !isHostRoot(facts);
  const unit = options.systemdCgroup === true ? unitOf(linux.cgroupsPath, id, user) : undefined;
  return {
    ...input,
    process: config.process ?? { cwd: "/" },
    root: config.root,
    linux,
    namespaces: namespaceEntries(linux.namespaces ?? []),
    places: unit === undefined ? cgroupPlaces(linux.cgroupsPath, id, facts) : unitPlaces(unit, user, facts),
    ...(unit === undefined ? {} : { unit }),
    deviceRules: deviceRules(
      linux.resources?.devices,
      (linux.devices ?? []).map(({ path }) => cleanPath(path)),
    ),
    slots: SLOT,
    env: uniqueEnv([
      ...(config.process?.env ?? []),
      ...listenEnv(options.listenFds),
      ...(options.notify === true ? [`NOTIFY_SOCKET=${NOTIFY_DIRECTORY}/notify.sock`] : []),
    ]),
  };
}

function namespaceEntries(namespaces: readonly Namespace[]): Map<NamespaceType, NamespaceEntry> {
  const entries = new Map<NamespaceType, NamespaceEntry>();
  let slot: number = SLOT.firstNamespace;
  for (const [index, { type, path }] of namespaces.entries()) {
    const at = `/linux/namespaces/${index}`;
    // Engines write an empty path for a new one.
    entries.set(type, path === undefined || path === "" ? { type, at } : { type, at, path, slot: slot++ });
  }
  return entries;
}

/** Of variables given more than once the last value counts, at the place of the first, as setenv(3) has it (survey 2.8). */
export function uniqueEnv(env: readonly string[]): string[] {
  const entries = new Map<string, string>();
  for (const entry of env) entries.set(variableName(entry), entry);
  return [...entries.values()];
}

function variableName(entry: string): string {
  const equals = entry.indexOf("=");
  return equals < 0 ? entry : entry.slice(0, equals);
}

/** sd_listen_fds(3): the program is pid 1 of its namespace as runc has it, whatever its real number. */
function listenEnv(count: number): string[] {
  return count > 0 ? [`LISTEN_FDS=${count}`, "LISTEN_PID=1"] : [];
}

/** Who asked for the program's ids: uid 0 and gid 0 are what it has without. */
export function userOrigin({ process }: PlanContext): string {
  return process.user === undefined ? "default:user" : "/process/user";
}

/** New or joined. */
export function hasNamespace(context: PlanContext, type: NamespaceType): boolean {
  return context.namespaces.has(type);
}

/** The entry of a namespace that this container makes. */
export function newNamespace(context: PlanContext, type: NamespaceType): NamespaceEntry | undefined {
  const entry = context.namespaces.get(type);
  return entry?.path === undefined ? entry : undefined;
}

/**
 * It shares the runtime's mount namespace, and its root is a mount of its own there, with all of its mounts. In a user namespace init may
 * not mount in it at all, and has the plain directory.
 */
export function hasAttachedRoot(context: PlanContext): boolean {
  return context.facts.euid === 0 && !hasNamespace(context, "mount") && !hasNamespace(context, "user");
}

/** Its mounts are its own, and gone when it is. */
export function canMount(context: PlanContext): boolean {
  return hasNamespace(context, "mount") || hasAttachedRoot(context);
}

export function hasUserNamespace(context: PlanContext): boolean {
  return context.namespaces.has("user");
}

/** /dev is the caller's when a bind mount covers it (survey 2.5). */
export function ownsDev({ config }: PlanContext): boolean {
  const { mounts = [] } = config;
  const shapes = mountShapes(config.mounts).all;
  for (let i = 0; i < shapes.length; i++) {
    const shape = shapes[i] as MountShape;
    if (shape.target === "/dev" && (shape.list.bind || mounts[i]?.type === "bind")) return false;
  }
  return true;
}

/** The option makes it a bind mount, whatever the type says. */
export function isBind(options: readonly string[] | undefined, type: string | undefined): boolean {
  return type === "bind" || (options !== undefined && (options.includes("bind") || options.includes("rbind")));
}

/** A path of the bundle's author: absolute, or relative to the bundle. */
export function bundlePath({ bundle }: Pick<CreateInput, "bundle">, path: string): string {
  return path.startsWith("/") ? path : cleanPath(`${bundle}/${path}`);
}

export function step(who: Actor, id: string, at: string, op: Op, more?: Pick<Step, "tolerate" | "orElse" | "beside">): Step {
  return more === undefined ? { id, at, who, op } : { id, at, who, op, ...more };
}

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
