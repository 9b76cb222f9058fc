// Id-mapped mounts (runtime-spec config.md, "Mounts"; survey 2.4): the properties uidMappings and gidMappings, the options `idmap` and
// `ridmap`, and crun's form of the options that has the maps in it: `idmap=uids=0-1000-10#10-5000-1;gids=0-1000-10`.
import { hostId } from "./id-map.js";
import type { Config, IDMapping, Mount } from "./config.js";

export interface MountIdMap {
  /** `ridmap`: the mounts below the top one as well. */
  readonly tree: boolean;
  /** containerID: the id that the filesystem stores; hostID: what it is outside. Empty: as the container's user namespace. */
  readonly uid: readonly IDMapping[];
  readonly gid: readonly IDMapping[];
}

/** What is wrong with the text of an option, by its index. */
export interface OptionProblem {
  readonly index: number;
  readonly message: string;
}

const option = /^(r?)idmap(?:=(.*))?$/s;

export function isIdMapOption(text: string): boolean {
  return (text.startsWith("idmap") || text.startsWith("ridmap")) && option.test(text);
}

/** undefined: not id-mapped. The properties win over maps in an option, the last option over those before it. */
export function mountIdMap(mount: Mount, config: Config): MountIdMap | OptionProblem | undefined {
  const index = (mount.options ?? []).findLastIndex(isIdMapOption);
  if (index < 0 && mount.uidMappings === undefined && mount.gidMappings === undefined) return undefined;
  const [, recursive = "", maps = ""] = option.exec(mount.options?.[index] ?? "") ?? [];
  const own = { uid: mount.uidMappings ?? [], gid: mount.gidMappings ?? [] };
  const tree = recursive !== "";
  if (own.uid.length + own.gid.length > 0) return { tree, ...own };
  if (index < 0) return undefined;
  const parsed = maps === "" ? own : parseMaps(maps, config);
  return typeof parsed === "string" ? { index, message: parsed } : { tree, ...parsed };
}

export function isOptionProblem(value: MountIdMap | OptionProblem | undefined): value is OptionProblem {
  return value !== undefined && "message" in value;
}

function parseMaps(text: string, config: Config): { uid: readonly IDMapping[]; gid: readonly IDMapping[] } | string {
  const maps: { uid: readonly IDMapping[]; gid: readonly IDMapping[] } = { uid: [], gid: [] };
  for (const part of text.split(";")) {
    const [, kind, ranges = ""] = /^(uid|gid)s=(.*)$/s.exec(part) ?? [];
    if (kind !== "uid" && kind !== "gid") return `"${part}" is neither uids= nor gids=`;
    const parsed = ranges.split("#").map((range) => parseRange(range, config.linux?.[`${kind}Mappings`]));
    const wrong = parsed.find((range) => typeof range === "string");
    if (typeof wrong === "string") return wrong;
    maps[kind] = parsed as IDMapping[];
  }
  return maps;
}

/** `@` before a range: its second number is an id of the container, which is somewhere else outside. */
function parseRange(text: string, container: readonly IDMapping[] | undefined): IDMapping | string {
  const [, relative = "", ...numbers] = /^(@?)(\d{1,10})-(\d{1,10})-(\d{1,10})$/.exec(text) ?? [];
  const [containerID, second, size] = numbers.map(Number);
  if (containerID === undefined || second === undefined || size === undefined) {
    return `"${text}" is not a range of ids: FIRST-OUTSIDE-COUNT`;
  }
  if ([containerID, second, size].some((number) => number > 0xffffffff)) return `a number in "${text}" does not fit 32 bits`;
  const hostID = relative === "" ? second : hostId(container, second);
  return hostID === undefined
    ? `the container has no mapping for id ${second}, to which "${text}" is relative`
    : { containerID, hostID, size };
}
