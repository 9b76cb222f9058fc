// `checkpoint`: have CRIU save a container's processes (survey 1.3, 3.12), then remove what is left of it.
import { dumpedMount, dumpedNamespace, handedNamespaces } from "../criu/external.js";
import { type Directories, type DumpFlags, dumpRequest } from "../criu/request.js";
import { TsruncError } from "../errors/errors.js";
import { formatError, prefixed } from "../errors/format.js";
import { inUserNamespace, readFacts } from "../host/facts.js";
import type { Native } from "../host/port.js";
import { compileCheckpoint } from "../plan/criu.js";
import { namespaceFile } from "../plan/exec.js";
import { mountIdMap } from "../spec/mount-id-map.js";
import { giveUp, isErrno } from "../store/files.js";
import { conduct } from "./conductor.js";
import { configOf, type Container, freezers, lockContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { CriuSession } from "./criu.js";
import { hostFiles } from "./criu-files.js";
import { externalMounts, mountedFiles } from "./criu-mounts.js";
import { checkParent, directories, type DirectoryFlags, makeDirectory, saveDescriptors } from "./criu-paths.js";
import { findCriu } from "./criu-program.js";
import { destroyContainer } from "./delete.js";
import { executionOn } from "./start.js";

export interface CheckpointOptions extends DumpFlags, DirectoryFlags {
  readonly id: string;
  /** --status-fd: gets one NUL byte once the pages can be fetched. */
  readonly statusFd: number | undefined;
}

export function checkpointContainer(context: Context, options: CheckpointOptions): void {
  try {
    checkpoint(context, options);
  } catch (error) {
    throw prefixed("tsrunc checkpoint failed: ", error);
  }
}

function checkpoint(context: Context, options: CheckpointOptions): void {
  checkRights(context);
  const container = lockContainer(context, options.id);
  try {
    checkStatus(context, container);
    container.entry.checkConfig(container.state);
    checkMounts(container);
    dump(context, container, options);
    if (!options.leaveRunning && !options.preDump) destroy(context, container);
  } finally {
    container.entry.unlock();
  }
}

/** CRIU saves what only root may see: other processes' registers and memory maps, mounts, sockets, the pids to come back under. */
export function checkRights({ native }: Context): void {
  const why =
    native.geteuid() !== 0 ? "CRIU needs root" : inUserNamespace(native) ? "CRIU needs root outside of a user namespace" : undefined;
  if (why !== undefined) throw new TsruncError(`a rootless container cannot be checkpointed or restored: ${why}`, { code: "EPERM" });
}

function checkStatus(context: Context, container: Container): void {
  const status = statusOf(context.native, container);
  if (status === "created" || status === "stopped") throw new TsruncError(`Container cannot be checkpointed in ${status} state`);
}

/** CRIU binds the sources of config.json again: the ids of a mount would not be mapped after a restore, and nothing there says what was added. */
function checkMounts({ state }: Container): void {
  const config = configOf(state);
  const mapped = (config.mounts ?? []).findIndex((mount) => mountIdMap(mount, config) !== undefined);
  if (mapped >= 0) {
    throw new TsruncError("a container with id-mapped mounts cannot be checkpointed: CRIU does not restore them", {
      at: `/mounts/${mapped}`,
    });
  }
  const added = state.addedMounts?.[0];
  if (added !== undefined) {
    throw new TsruncError(
      `the mount on ${JSON.stringify(added.target)} was added to the container, and a restore would not find it in config.json`,
      {
        hint: "remove it with `tsrunc mounts remove` first",
      },
    );
  }
}

function dump(context: Context, container: Container, options: CheckpointOptions): void {
  const { native, host } = context;
  const places = directories(context, options);
  makeDirectory(native, places.images);
  if (places.work !== undefined) makeDirectory(native, places.work);
  checkParent(native, places.images, options.parentPath);
  const statusFd = statusDescriptor(context, options);
  const mountinfo = native.readText(`/proc/${container.state.pid}/mountinfo`);
  const files = hostFiles(native, container.state.pid, mountinfo);
  const request = JSON.stringify(requestFor(context, container, options, places, { mountinfo, files }));
  const plan = compileCheckpoint(options.id, { ...findCriu(host), preserveFds: 1, request });
  if (!options.preDump) saveDescriptors(native, places.images, descriptorsOf(container, files));
  const criu = new CriuSession(native, context.trace, { ready: () => announce(native, statusFd) });
  const nothing = native.open("/dev/null", ["readwrite"], 0);
  try {
    const exec = { stdio: [nothing, nothing, nothing], preserve: [criu.theirs], cgroups: container.state.cgroups } as const;
    conduct({ ...executionOn(context, container, plan), exec, criu });
  } finally {
    giveUp(native, nothing);
  }
}

/** As `create` found them, under their names in the images. */
function descriptorsOf({ state }: Container, files: readonly (string | undefined)[]): string[] {
  return (state.descriptors ?? ["", "", ""]).map((link, fd) => files[fd] ?? link);
}

/** What the kernel shows of the container. */
interface Seen {
  readonly mountinfo: string;
  readonly files: readonly (string | undefined)[];
}

function requestFor(
  context: Context,
  { state }: Container,
  options: CheckpointOptions,
  places: Directories,
  { mountinfo, files }: Seen,
): ReturnType<typeof dumpRequest> {
  const { native } = context;
  const config = configOf(state);
  const root = `/proc/${state.pid}/root`;
  const mounts = [
    ...externalMounts(native, { id: state.id, bundle: state.bundle, config, facts: readFacts(native), root }),
    ...mountedFiles(config, mountinfo),
  ];
  const namespaces = handedNamespaces(config).map(({ type }) => dumpedNamespace(type, native.stat(namespaceFile(state.pid, type)).ino));
  const subject = {
    config,
    pid: state.pid,
    rootfs: state.rootfs,
    freezer: freezers(state)[0]?.dir,
    // A pre-dump saves memory, and no mounts.
    external: [
      ...namespaces,
      ...(options.preDump ? [] : [...mounts.map(dumpedMount), ...new Set(files.filter((file) => file !== undefined))]),
    ],
  };
  return dumpRequest(subject, options, places);
}

/** Only with --lazy-pages is it waited for: runc ignores it without. */
function statusDescriptor({ native, host }: Context, { statusFd, lazyPages }: CheckpointOptions): number {
  if (statusFd === undefined || !lazyPages) return -1;
  const invalid = (why: string): TsruncError =>
    new TsruncError(`invalid --status-fd argument ${statusFd}: ${why}`, { at: "cli:--status-fd" });
  // Others are Node's, not the caller's.
  if (statusFd > 2 && !host.launch.inheritedFds.includes(statusFd)) throw invalid("bad file descriptor");
  if (!isWritable(native, statusFd)) throw invalid("not writable");
  return statusFd;
}

function isWritable(native: Native, fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(native.readText(`/proc/self/fdinfo/${fd}`))?.[1] ?? "0";
    return (Number.parseInt(flags, 8) & 3) !== 0;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
}

function announce(native: Native, fd: number): void {
  if (fd < 0) return;
  native.write(fd, new Uint8Array([0]));
  if (fd > 2) giveUp(native, fd);
}

/** The images are good whatever becomes of the rest. */
function destroy(context: Context, container: Container): void {
  try {
    destroyContainer(context, container);
  } catch (error) {
    context.log.warn(formatError(error));
  }
}
