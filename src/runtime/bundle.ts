// From a bundle directory to a plan: read config.json, check it, compile. Without effects and without privileges.
import { TsruncError } from "../errors/errors.js";
import { readFacts } from "../host/facts.js";
import { compileCreate } from "../plan/compile.js";
import type { Facts } from "../plan/facts.js";
import type { CreateInput } from "../plan/input.js";
import type { Plan } from "../plan/types.js";
import type { Config } from "../spec/config.js";
import { checkId } from "../spec/id.js";
import { configError, type LoadedConfig, parseConfig } from "../spec/load.js";
import { checkRules } from "../spec/rules/index.js";
import { hasNamespace } from "../spec/rules/rule.js";
import { isErrno } from "../store/files.js";
import { absolutePath } from "../store/paths.js";
import type { Context } from "./context.js";
import { listenFds } from "./inherit.js";
import { closedSources } from "./mount-sources.js";
import { hostNotifySocket } from "./notify.js";

const CONFIG = "config.json";

/** Of a container that has nothing to start (runtime-spec lets `process` be absent in `create`). The words are runc's. */
export const NO_PROCESS = "process property must not be empty";

/** The command line of create, run and plan. Paths may be relative to the caller's directory. */
export interface BundleOptions {
  readonly id: string;
  readonly bundle: string | undefined;
  readonly consoleSocket: string | undefined;
  readonly pidfdSocket: string | undefined;
  readonly pidFile: string | undefined;
  readonly noPivot: boolean;
  readonly noNewKeyring: boolean;
  readonly preserveFds: number;
  /** create, and run --detach: the container outlives the command. */
  readonly detach: boolean;
  /** `run`: up to the program, without a gate. */
  readonly run?: boolean;
}

export interface LoadedBundle {
  readonly id: string;
  readonly bundle: string;
  readonly loaded: LoadedConfig;
  readonly config: Config;
  readonly facts: Facts;
  readonly noNewKeyring: boolean;
  readonly plan: Plan;
}

/**
 * Changes into the bundle, as runc does: hooks of create run there. `look`: the plan is only to be shown, to a user who may have no
 * rights: without a user namespace in config.json it is root's.
 */
export function loadBundle(context: Context, options: BundleOptions, look = false, compile = compileCreate): LoadedBundle {
  const { native, timeline } = context;
  checkId(options.id);
  native.chdir(absolutePath(options.bundle ?? ".", context.cwd));
  // Not the option as given: symbolic links are resolved, as later commands may run from anywhere.
  const bundle = native.getcwd();
  let from = timeline?.now();
  const bytes = readConfig(context);
  from = timeline?.phase("read", from);
  const loaded = parseConfig(bytes, CONFIG, native.isPlainJson?.(bytes));
  from = timeline?.phase("parse", from);
  const { config } = loaded;
  const facts = look && !hasNamespace(config, "user") ? asRoot(readFacts(native)) : readFacts(native);
  checkRules(loaded, { facts, id: options.id, bundle, noPivot: options.noPivot });
  checkProgram(config, options);
  checkTerminal(config, options);
  from = timeline?.phase("rules", from);
  const plan = located(loaded, () => compile(createInput(context, options, bundle, config, facts)));
  timeline?.phase("compile", from);
  return { id: options.id, bundle, loaded, config, facts, noNewKeyring: options.noNewKeyring, plan };
}

/** What only the compiler can see is wrong at a line of config.json as well. */
export function located<T>(loaded: LoadedConfig, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    const at = error instanceof TsruncError && error.fields.where === undefined ? error.fields.at : undefined;
    if (!(error instanceof TsruncError) || at?.startsWith("/") !== true) throw error;
    // The pointer is said once, behind its line; `update` has no lines, and has it in the message.
    const message = error.message.startsWith(`${at}: `) ? error.message.slice(at.length + 2) : error.message;
    throw configError((pointer) => loaded.where(pointer), at, message, error.fields.hint);
  }
}

/** The other facts stay unread until somebody asks. */
function asRoot(facts: Facts): Facts {
  return Object.create(facts, { euid: { value: 0 }, egid: { value: 0 } }) as Facts;
}

function readConfig(context: Context): Uint8Array {
  try {
    return context.native.readFile(CONFIG);
  } catch (error) {
    throw isErrno(error, "ENOENT") ? new TsruncError(`JSON specification file ${CONFIG} not found`) : error;
  }
}

/** `create` makes a container without one, as the specification has it; nobody could tell what to run in it. */
function checkProgram(config: Config, options: BundleOptions): void {
  if (options.run === true && config.process === undefined) throw new TsruncError(NO_PROCESS, { at: "/process" });
}

function checkTerminal(config: Config, options: BundleOptions): void {
  const terminal = config.process?.terminal === true;
  if (terminal && options.detach && options.consoleSocket === undefined) {
    throw new TsruncError("cannot allocate tty if tsrunc will detach without setting console socket", {
      hint: "give --console-socket, or set process.terminal to false",
    });
  }
  if (options.consoleSocket !== undefined && !(terminal && options.detach)) {
    throw new TsruncError("cannot use console socket if tsrunc will not detach or allocate tty");
  }
}

function createInput(context: Context, options: BundleOptions, bundle: string, config: Config, facts: Facts): CreateInput {
  const absolute = (path: string): string => absolutePath(path, context.cwd);
  const { consoleSocket, pidfdSocket, pidFile } = options;
  return {
    id: options.id,
    bundle,
    stateDir: `${context.root.path}/${options.id}`,
    config,
    facts,
    closedSources: closedSources(context.native, config, bundle, facts),
    options: {
      noPivot: options.noPivot,
      noNewKeyring: options.noNewKeyring,
      preserveFds: options.preserveFds,
      listenFds: listenFds(context.host),
      ...(consoleSocket === undefined ? {} : { consoleSocket: absolute(consoleSocket) }),
      ...(pidfdSocket === undefined ? {} : { pidfdSocket: absolute(pidfdSocket) }),
      ...(pidFile === undefined ? {} : { pidFile: absolute(pidFile) }),
      foreground: !options.detach,
      ...(options.run === true ? { run: true } : {}),
      ...(hostNotifySocket(context) === undefined ? {} : { notify: true }),
      ...(context.systemdCgroup ? { systemdCgroup: true } : {}),
    },
  };
}

/** As in the container's rootfs field of `state`. */
export function rootfsOf(config: Config, bundle: string): string {
  return absolutePath(config.root?.path ?? "rootfs", bundle);
}
