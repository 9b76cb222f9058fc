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
  const column = pidColumn(title);
  const own = lines.filter((line) => line !== "" && pids.has(pidOf(line, column)));
  return [title, ...own].map((line) => `${line}\n`).join("");
}

interface Word {
  readonly text: string;
  /** The position behind its last character. */
  readonly end: number;
}

interface PidColumn {
  readonly index: number;
  /** Where its title ends. ps(1) aligns numbers to the right, so the pid ends there as well. */
  readonly end: number;
  readonly last: boolean;
}

function pidColumn(title: string): PidColumn {
  const titles = words(title);
  const index = titles.findIndex(({ text }) => text === "PID");
  const found = titles[index];
  if (found === undefined) throw new TsruncError("couldn't find PID field in ps output");
  return { index, end: found.end, last: index === titles.length - 1 };
}

/**
 * Words are not counted first: names and arguments of processes hold blanks, so those before the column would shift it (runc's `ps ID -o
 * comm,pid` fails on them). Counting remains for a ps that aligns otherwise (busybox), and for lines that a wide value has shifted.
 */
function pidOf(line: string, { index, end, last }: PidColumn): number {
  const all = words(line);
  const candidates = last ? [all.at(-1)] : [all.find((word) => word.end === end), all[index]];
  const found = candidates.find((word) => word !== undefined && /^\d+$/.test(word.text));
  if (found === undefined) {
    throw new TsruncError(`unable to parse pid: ${JSON.stringify(candidates.at(-1)?.text ?? "")} in the output of ps`);
  }
  return Number(found.text);
}

function words(line: string): Word[] {
  return [...line.matchAll(/\S+/g)].map((match) => ({ text: match[0], end: match.index + match[0].length }));
}

function findPs({ host, native }: Context): string {
  const path = (host.env["PATH"] ?? "").split(":").filter((directory) => directory.startsWith("/"));
  const found = [...path, ...DIRECTORIES].map((directory) => `${directory}/ps`).find((file) => exists(native, file));
  if (found === undefined) throw new TsruncError('exec: "ps": executable file not found in $PATH');
  return found;
}
