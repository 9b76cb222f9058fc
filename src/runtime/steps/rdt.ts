// Groups of resctrl: directories of a file system, and lines that the kernel explains in info/last_cmd_status.
import { errnoText } from "../../errors/errno.js";
import { SysError, TsruncError } from "../../errors/errors.js";
import type { Native } from "../../host/port.js";
import type { Op } from "../../plan/types.js";
import { exists, isErrno } from "../../store/files.js";
import { dirName } from "../../store/paths.js";
import { readIfThere } from "../cgroup-files.js";
import { childOf, type Execution } from "../execution.js";

/** What is there is not ours to remove. */
export function checkUnused(op: Op<"rdt.create">, run: Execution): void {
  if (exists(run.context.native, op.dir)) throw new TsruncError(`the resctrl group ${op.dir} is there already`);
}

export function create(op: Op<"rdt.create">, run: Execution): void {
  run.context.native.mkdir(op.dir, 0o755);
}

/** The kernel gives its tasks back to the group above. */
export function remove(op: Op<"rdt.remove">, run: Execution): void {
  try {
    run.context.native.rmdir(op.dir);
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
  }
}

export function use(op: Op<"rdt.use">, run: Execution): void {
  const { native } = run.context;
  if (!exists(native, op.dir)) {
    if (op.lines.length === 0)
      throw new TsruncError(`closID names the resctrl group ${op.dir}, which is not there, and has no schema to make it`);
    native.mkdir(op.dir, 0o755);
    return writeLines(native, op.dir, op.lines);
  }
  const now = native.readText(`${op.dir}/schemata`);
  const other = op.lines.find((line) => !includesSchema(now, line));
  if (other !== undefined)
    throw new TsruncError(`the resctrl group ${op.dir} has another schema than ${JSON.stringify(other)}: ${now.trim()}`);
}

export function write(op: Op<"rdt.write">, run: Execution): void {
  writeLines(run.context.native, op.dir, op.lines);
}

export function join(op: Op<"rdt.join">, run: Execution): void {
  for (const dir of op.dirs) run.context.native.writeText(`${dir}/tasks`, String(childOf(run).pid));
}

function writeLines(native: Native, dir: string, lines: readonly string[]): void {
  for (const line of lines) {
    try {
      native.writeText(`${dir}/schemata`, `${line}\n`);
    } catch (error) {
      const said = (readIfThere(native, `${dirName(dir)}/info/last_cmd_status`) ?? "").trim();
      if (!(error instanceof SysError) || said === "" || said === "ok") throw error;
      throw new SysError(`${error.call} (${said})`, error.errno, error.code, errnoText(error.errno), error.object);
    }
  }
}

/** "L3:0=00f;1=F" is in "   L3:0=f;1=f": spaces, zeros and the order of the domains do not count. */
function includesSchema(schemata: string, line: string): boolean {
  const wanted = parse(line);
  return schemata.split("\n").some((text) => {
    const [name, domains] = parse(text);
    return name === wanted[0] && [...wanted[1]].every(([domain, value]) => domains.get(domain) === value);
  });
}

function parse(line: string): [name: string, domains: Map<string, string>] {
  const [name = "", rest = ""] = line.replaceAll(" ", "").split(":");
  const pairs = rest.split(";").map((part) => part.split("=") as [string, string | undefined]);
  return [name, new Map(pairs.map(([domain, value = ""]) => [domain, value.toLowerCase().replace(/^0+(?=.)/, "")]))];
}
