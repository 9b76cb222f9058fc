// `ps`: the container's processes by their pids on the host, alone or as the host's ps(1) shows them.
import { TsruncError } from "../errors/errors.js";
import { exists } from "../store/files.js";
import { processesIn } from "./cgroup-files.js";
import { freezers, loadContainer } from "./container.js";
import type { Context } from "./context.js";

/** For callers without PATH: podman's cleanup, systemd units. */
const DIRECTORIES = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Of the whole cgroup subtree, in the kernel's order: the container's own cgroup first. */
export function containerProcesses(context: Context, id: string): number[] {
  const { state } = loadContainer(context, id);
  const place = freezers(state)[0] ?? state.cgroups[0];
  return place === undefined ? [] : processesIn(context.native, place.dir);
}

/** What `ps ARGS` (-ef without) prints, of which only the lines of these processes. */
export function processTable(context: Context, pids: readonly number[], args: readonly string[]): string {
  // containerd sends one empty argument when it means none.
  const given = args.length === 1 && args[0] === "" ? [] : args;
  const result = context.native.runHelper(findPs(context), ["ps", ...(given.length === 0 ? ["-ef"] : given)]);
  if (result.exitCode !== 0) {
    throw new TsruncError(`ps: exit status ${result.exitCode}: ${(result.stdout + result.stderr).trim()}`);
  }
  return filterTable(result.stdout, new Set(pids));
}

/** The title line and the lines whose PID column, wherever it is, names one of `pids`. */
export function filterTable(output: string, pids: ReadonlySet<number>): string {
  const [title = "", ...lines] = output.split("\n");
  const column = fields(title).indexOf("PID");
  if (column < 0) throw new TsruncError("couldn't find PID field in ps output");
  const own = lines.filter((line) => line !== "" && pids.has(pidOf(line, column)));
  return [title, ...own].map((line) => `${line}\n`).join("");
}

function pidOf(line: string, column: number): number {
  const text = fields(line)[column] ?? "";
  if (!/^\d+$/.test(text)) throw new TsruncError(`unable to parse pid: ${JSON.stringify(text)} in the output of ps`);
  return Number(text);
}

function fields(line: string): string[] {
  return line.split(/\s+/).filter((field) => field !== "");
}

function findPs({ host, native }: Context): string {
  const path = (host.env["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
  const found = [...path, ...DIRECTORIES].map((directory) => `${directory}/ps`).find((file) => exists(native, file));
  if (found === undefined) throw new TsruncError('exec: "ps": executable file not found in $PATH');
  return found;
}
