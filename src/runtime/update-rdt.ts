// `update --l3-cache-schema` and `--mem-bw-schema`: lines of the resctrl group that `create` has made or joined
// (Documentation/filesystems/resctrl.rst). A closID's group is that of other containers too: they get the same.
import { TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import { step } from "../plan/context.js";
import type { Facts } from "../plan/facts.js";
import { resctrlGroup } from "../plan/passes/intel-rdt.js";
import type { Step } from "../plan/types.js";
import type { UndoableSteps } from "../plan/update.js";
import type { Linux } from "../spec/config.js";
import type { SavedState } from "../store/state.js";
import { readIfThere } from "./cgroup-files.js";
import { configOf } from "./container.js";

/** As in linux.intelRdt; an empty one changes nothing. */
export interface RdtSchemata {
  readonly l3CacheSchema?: string;
  readonly memBwSchema?: string;
}

export interface RdtUpdate extends UndoableSteps {
  /** What state.json is to say from then on. */
  readonly intelRdt: Linux["intelRdt"];
}

const ID = "update/rdt";
const flags = [
  ["l3CacheSchema", "l3-cache-schema"],
  ["memBwSchema", "mem-bw-schema"],
] as const;

export function rdtUpdate(native: Native, state: SavedState, facts: Pick<Facts, "resctrl">, wanted: RdtSchemata): RdtUpdate {
  const linux = configOf(state).linux ?? {};
  const asked = flags.flatMap(([name, flag]) => {
    const line = wanted[name] ?? "";
    return line === "" ? [] : [{ name, flag, line }];
  });
  const [first] = asked;
  if (first === undefined) return { steps: [], undo: [], intelRdt: linux.intelRdt };
  const dir = groupOf({ linux, facts, id: state.id }, first.flag);
  const before = (readIfThere(native, `${dir}/schemata`) ?? "").split("\n").map((line) => line.trim());
  const write = (id: string, flag: string, line: string): Step =>
    step("runtime", id, `cli:--${flag}`, { verb: "rdt.write", dir, lines: [line] });
  return {
    steps: asked.map(({ flag, line }) => {
      if (line.includes("\n")) throw new TsruncError(`--${flag}: a schema is one line`);
      return write(`${ID}/${flag}`, flag, line);
    }),
    undo: asked.flatMap(({ flag, line }) =>
      before.filter((old) => resourceOf(old) === resourceOf(line)).map((old) => write(`undo/${ID}/${flag}`, flag, old)),
    ),
    intelRdt: { ...linux.intelRdt, ...Object.fromEntries(asked.map(({ name, line }) => [name, line])) },
  };
}

function groupOf(container: Parameters<typeof resctrlGroup>[0], flag: string): string {
  if (container.facts.resctrl === undefined)
    throw new TsruncError(`--${flag}: Intel RDT is not enabled`, { hint: "resctrl is not mounted" });
  const dir = resctrlGroup(container);
  if (dir !== undefined) return dir;
  throw new TsruncError(`--${flag}: the container has no resctrl group`, { hint: "linux.intelRdt of its config.json makes one" });
}

/** `L3:` of `L3:0=f;1=f`. */
function resourceOf(line: string): string {
  return line.slice(0, line.indexOf(":") + 1);
}

export function isRdtStep({ id }: Pick<Step, "id">): boolean {
  return id.startsWith(`${ID}/`);
}
