// The process that exec adds: from a file (--process), or the container's own with what the command line changes.
import { TsruncError } from "../errors/errors.js";
import { readFacts } from "../host/facts.js";
import type { Config, Process } from "../spec/config.js";
import { findProblem, type LoadedProcess, parseProcess, type ProcessContext } from "../spec/process.js";
import { isErrno } from "../store/files.js";
import { absolutePath } from "../store/paths.js";
import { type Container, configOf } from "./container.js";
import type { Context } from "./context.js";

/** The command line as far as it is about the process. */
export interface ProcessFlags {
  /** --process FILE: then nothing else of the following is used. */
  readonly file: string | undefined;
  readonly args: readonly string[];
  readonly cwd: string | undefined;
  readonly env: readonly string[];
  readonly tty: boolean;
  readonly user: { readonly uid: number; readonly gid: number | undefined } | undefined;
  readonly additionalGids: readonly number[];
  readonly caps: readonly string[];
  readonly apparmor: string | undefined;
  readonly label: string | undefined;
  readonly noNewPrivileges: boolean | undefined;
}

export interface ExecProcess extends LoadedProcess {
  /** Where its parts come from, by JSON pointer: `/process/user` -> `cli:--user`. */
  readonly origins: Readonly<Record<string, string>>;
}

/** Checked, and complete: what config.json gives to every process of the container is in it. */
export function execProcess(context: Context, container: Container, flags: ProcessFlags): ExecProcess {
  const config = configOf(container.state);
  const own = config.process ?? { cwd: "/" };
  const host = { facts: readFacts(context.native) };
  if (flags.file === undefined) return fromFlags(config, own, flags, host);
  const loaded = parseProcess(readFile(context, flags.file), flags.file, config, host);
  // --tty beside a file (conmon) says the same as its `terminal`.
  const process = flags.tty ? { ...loaded.process, terminal: true } : loaded.process;
  return { ...loaded, process: withDefaults(process, own), origins: originsOf(process, own) };
}

function readFile(context: Context, file: string): Uint8Array {
  try {
    return context.native.readFile(absolutePath(file, context.cwd));
  } catch (error) {
    throw isErrno(error, "ENOENT") ? new TsruncError(`open ${file}: no such file or directory`, { at: "cli:--process" }) : error;
  }
}

/** What a process file need not say again: runc takes these from the container as well. Not its limits: those are then the caller's. */
const inherited = ["capabilities", "oomScoreAdj", "execCPUAffinity", "apparmorProfile", "selinuxLabel", "scheduler", "ioPriority"] as const;

function withDefaults(process: Process, own: Process): Process {
  const result: Process = { ...process };
  for (const name of inherited) if (process[name] === undefined && own[name] !== undefined) Object.assign(result, { [name]: own[name] });
  return result;
}

function originsOf(process: Process, own: Process): Record<string, string> {
  const taken = inherited.filter((name) => process[name] === undefined && own[name] !== undefined);
  return Object.fromEntries(taken.map((name) => [`/process/${name}`, `default:${name}`]));
}

function fromFlags(config: Config, own: Process, flags: ProcessFlags, host: ProcessContext): ExecProcess {
  const { consoleSize: _, ...base } = own;
  const process: Process = {
    ...base,
    args: [...flags.args],
    terminal: flags.tty,
    cwd: flags.cwd === undefined || flags.cwd === "" ? own.cwd : flags.cwd,
    env: [...(own.env ?? []), ...flags.env],
    user: userOf(own, flags),
    ...(flags.caps.length === 0 ? {} : { capabilities: withCapabilities(own, flags.caps) }),
    ...(flags.apparmor === undefined || flags.apparmor === "" ? {} : { apparmorProfile: flags.apparmor }),
    ...(flags.label === undefined || flags.label === "" ? {} : { selinuxLabel: flags.label }),
    ...(flags.noNewPrivileges === undefined ? {} : { noNewPrivileges: flags.noNewPrivileges }),
  };
  const finding = findProblem(config, process, host);
  if (finding !== undefined) throw new TsruncError(finding.message, { at: finding.at, hint: finding.hint });
  return { process, where: () => undefined, origins: flagOrigins(flags) };
}

function userOf(own: Process, { user, additionalGids }: ProcessFlags): NonNullable<Process["user"]> {
  const base = own.user ?? { uid: 0, gid: 0 };
  return {
    ...base,
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid ?? base.gid }),
    additionalGids: [...(base.additionalGids ?? []), ...additionalGids],
  };
}

/** Not inheritable (CVE-2022-29162); ambient only where config.json has inheritable ones, which it needs. */
function withCapabilities({ capabilities = {} }: Process, caps: readonly string[]): NonNullable<Process["capabilities"]> {
  const { bounding = [], effective = [], permitted = [], inheritable, ambient = [] } = capabilities;
  return {
    ...capabilities,
    bounding: [...bounding, ...caps],
    effective: [...effective, ...caps],
    permitted: [...permitted, ...caps],
    ...(__TSRUNC_WEAK__?.["inheritable"] ? { inheritable: [...bounding, ...caps] } : {}),
    ...(inheritable === undefined ? {} : { ambient: [...ambient, ...caps] }),
  };
}

function flagOrigins(flags: ProcessFlags): Record<string, string> {
  const given: readonly [pointer: string, flag: string, used: boolean][] = [
    ["/process/args", "args", true],
    ["/process/terminal", "--tty", flags.tty],
    ["/process/cwd", "--cwd", flags.cwd !== undefined],
    ["/process/env", "--env", flags.env.length > 0],
    ["/process/user", "--user", flags.user !== undefined],
    ["/process/user/additionalGids", "--additional-gids", flags.additionalGids.length > 0],
    ["/process/capabilities", "--cap", flags.caps.length > 0],
    ["/process/apparmorProfile", "--apparmor", flags.apparmor !== undefined],
    ["/process/selinuxLabel", "--process-label", flags.label !== undefined],
    ["/process/noNewPrivileges", "--no-new-privs", flags.noNewPrivileges !== undefined],
  ];
  return Object.fromEntries(given.filter(([, , used]) => used).map(([pointer, flag]) => [pointer, `cli:${flag}`]));
}
