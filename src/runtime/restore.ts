// `restore`: a container as `create` makes it, but its processes come out of a checkpoint (survey 3.12).
import { handedNamespaces, inheritedStreams, joinedNamespaces, namespaceKey, restoredMount, MASK_KEY } from "../criu/external.js";
import type { InheritFd } from "../criu/messages.js";
import { type CriuRequest, type Directories, type RestoreFlags, restoreRequest } from "../criu/request.js";
import { TsruncError } from "../errors/errors.js";
import { prefixed } from "../errors/format.js";
import { compileRestore, criuRoot } from "../plan/criu.js";
import type { CreateInput } from "../plan/input.js";
import type { Plan } from "../plan/types.js";
import { giveUp } from "../store/files.js";
import { makeRoot } from "../store/root.js";
import { absolutePath } from "../store/paths.js";
import { type BundleOptions, loadBundle, type LoadedBundle, rootfsOf } from "./bundle.js";
import { checkRights } from "./checkpoint.js";
import { conduct } from "./conductor.js";
import type { Context } from "./context.js";
import { executionOf } from "./create.js";
import { CriuSession } from "./criu.js";
import { externalMounts, mountableFiles } from "./criu-mounts.js";
import { directories, type DirectoryFlags, isDirectory, loadDescriptors, makeDirectory } from "./criu-paths.js";
import { findCriu } from "./criu-program.js";
import { deleteContainer, orDelete } from "./delete.js";
import type { Execution } from "./execution.js";
import { closeTheirs, inherited, makePipes, type Streams, warnOfLostOutput } from "./stdio.js";
import { checkSystemd } from "./systemd.js";

export interface RestoreOptions extends RestoreFlags, DirectoryFlags {
  readonly id: string;
  readonly bundle: string | undefined;
  readonly consoleSocket: string | undefined;
  readonly pidFile: string | undefined;
  readonly noPivot: boolean;
  readonly detach: boolean;
  readonly subreaper: boolean;
}

/** Its RPC socket is descriptor 3 of CRIU; the namespaces follow. */
const FIRST_NAMESPACE = 4;

/** Returns the exit code: of the container's program (128 + signal), 0 when detached. */
export function restoreContainer(context: Context, options: RestoreOptions): number {
  try {
    return restore(context, options);
  } catch (error) {
    throw prefixed("tsrunc restore failed: ", error);
  }
}

function restore(context: Context, options: RestoreOptions): number {
  const { native } = context;
  checkSystemd(context);
  checkRights(context);
  const places = directories(context, options);
  if (!isDirectory(native, places.images)) {
    throw new TsruncError(`${places.images}: no such file or directory`, { at: "cli:--image-path", code: "ENOENT" });
  }
  if (places.work !== undefined) makeDirectory(native, places.work);
  const pipes = inheritedStreams(loadDescriptors(native, places.images));
  const compile = (input: CreateInput): Plan => planFor(context, options, places, pipes, input);
  const bundle = loadBundle(context, bundleOptions(options), false, compile);
  if (!options.detach) {
    native.catchSignals();
    if (options.subreaper) native.setSubreaper(true);
  }
  return new Restore(context, options, bundle).run();
}

function bundleOptions(options: RestoreOptions): BundleOptions {
  return { ...options, pidfdSocket: undefined, noNewKeyring: false, preserveFds: 0 };
}

function planFor(context: Context, options: RestoreOptions, places: Directories, pipes: readonly InheritFd[], input: CreateInput): Plan {
  const handed = handedNamespaces(input.config);
  const program = {
    ...findCriu(context.host),
    preserveFds: 1 + handed.length,
    request: JSON.stringify(requestFor(context, options, places, pipes, input)),
  };
  return compileRestore({ ...input, program });
}

function requestFor(
  { native }: Context,
  options: RestoreOptions,
  places: Directories,
  pipes: readonly InheritFd[],
  input: CreateInput,
): CriuRequest {
  const { id, bundle, config, facts } = input;
  const mounts = [
    ...externalMounts(native, { id, bundle, config, facts, root: rootfsOf(config, bundle) }),
    ...mountableFiles(input.stateDir),
    ...((config.linux?.maskedPaths ?? []).length === 0 ? [] : [{ destination: "", key: MASK_KEY, source: MASK_KEY }]),
  ];
  const namespaces = handedNamespaces(config).map(({ type }, index) => ({ key: namespaceKey(type), fd: FIRST_NAMESPACE + index }));
  const subject = {
    config,
    root: criuRoot(input),
    external: [...new Set(mounts.map(restoredMount))],
    inherit: [...pipes, ...namespaces],
    join: joinedNamespaces(config),
  };
  return restoreRequest(subject, options, places);
}

/** One restore under way: descriptors that have to be closed, whatever happens. */
class Restore {
  readonly #context: Context;
  readonly #options: RestoreOptions;
  readonly #bundle: LoadedBundle;
  readonly #terminal: boolean;
  #master = -1;
  readonly #opened: number[] = [];

  constructor(context: Context, options: RestoreOptions, bundle: LoadedBundle) {
    this.#context = context;
    this.#options = options;
    this.#bundle = bundle;
    this.#terminal = bundle.config.process?.terminal === true;
  }

  run(): number {
    const { native, root } = this.#context;
    const console = this.#connectConsole();
    const streams = this.#streams();
    const criu = new CriuSession(native, this.#context.trace, { master: (fd) => this.#takeMaster(fd, console) });
    const preserve = [criu.theirs, ...handedNamespaces(this.#bundle.config).map(({ path }) => this.#open(path))];
    makeRoot(native, root);
    const run = this.#execution(streams, preserve, criu);
    try {
      conduct(run);
    } finally {
      if (!this.#terminal) closeTheirs(native, streams);
      for (const fd of this.#opened) giveUp(native, fd);
      run.entry.unlock();
    }
    return this.#options.detach ? 0 : this.#wait(run, streams);
  }

  #execution(streams: Streams, preserve: readonly number[], criu: CriuSession): Execution {
    const run = executionOf(this.#context, this.#bundle, preserve, streams.theirs);
    if (run.create === undefined) throw new Error("a restore plan saves a state");
    // There is no gate: the program runs.
    return { ...run, create: { ...run.create, state: { ...run.create.state, afterGate: [] } }, criu };
  }

  #streams(): Streams {
    const { native } = this.#context;
    if (this.#terminal) {
      const nothing = this.#open("/dev/null", "readwrite");
      return { theirs: [nothing, nothing, nothing], ours: [-1, -1, -1] };
    }
    return this.#options.detach ? inherited : makePipes(native, this.#bundle.config);
  }

  #open(path: string, access: "read" | "readwrite" = "read"): number {
    const fd = this.#context.native.open(path, [access], 0);
    this.#opened.push(fd);
    return fd;
  }

  /** Before anything is done: a socket that nobody listens on is the caller's mistake. */
  #connectConsole(): number {
    const { consoleSocket } = this.#options;
    if (consoleSocket === undefined) return -1;
    const fd = this.#context.native.connectUnix(absolutePath(consoleSocket, this.#context.cwd));
    this.#opened.push(fd);
    return fd;
  }

  #takeMaster(fd: number, console: number): void {
    const { native } = this.#context;
    if (console >= 0) {
      native.send(console, [new TextEncoder().encode("orphan-pts-master")], [fd]);
      native.close(fd);
    } else {
      this.#master = fd;
      native.prepareTerminal(fd);
    }
  }

  #wait(run: Execution, { ours: [stdin, stdout, stderr] }: Streams): number {
    const { native } = this.#context;
    const { id } = this.#options;
    const pid = run.initPid;
    const status = orDelete(this.#context, id, () => {
      const ended = native.foreground({ pid, pidfd: native.pidfdOpen(pid), master: this.#master, stdin, stdout, stderr });
      deleteContainer(this.#context, id, true);
      return ended;
    });
    warnOfLostOutput(this.#context, status);
    return status.exitCode;
  }
}
