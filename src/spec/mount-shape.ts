// What the rules and the compiler ask of every mount, found once: of a thousand mounts nearly all have one of few lists of options.
import type { Mount } from "./config.js";
import { isIdMapOption } from "./mount-id-map.js";
import { cleanPath, type Finding } from "./rules/rule.js";

/** Equal lists are one object. */
export interface OptionList {
  readonly options: readonly string[];
  /** `bind` or `rbind`. */
  readonly bind: boolean;
  readonly remount: boolean;
  /** A bind mount without options that only certain mounts may have. */
  readonly plain: boolean;
  readonly idMap: boolean;
}

export interface MountShape {
  /** Clean and absolute. */
  readonly target: string;
  readonly list: OptionList;
}

const specials: ReadonlySet<string> = new Set(["src-nofollow", "dest-nofollow", "tmpcopyup"]);

const lists = new Map<string, OptionList>();
/** More than any config.json has; tests have thousands. */
const MOST_LISTS = 1000;

const none: OptionList = { options: [], bind: false, remount: false, plain: false, idMap: false };

function optionList(options: readonly string[] | undefined): OptionList {
  if (options === undefined) return none;
  // No option has a NUL in it: parseJson() refuses them.
  const key = options.join("\0");
  const known = lists.get(key);
  if (known !== undefined) return known;
  if (lists.size === MOST_LISTS) lists.clear();
  const bind = options.includes("bind") || options.includes("rbind");
  const remount = options.includes("remount");
  const idMap = options.some(isIdMapOption);
  const plain = bind && !remount && !idMap && !options.some((option) => specials.has(option));
  const list = { options, bind, remount, plain, idMap };
  lists.set(key, list);
  return list;
}

export interface MountShapes {
  /** Of each mount, in their order. */
  readonly all: readonly MountShape[];
  /** Indices of those that are more than a bind mount of a path to a place that no rule cares for. */
  readonly odd: readonly number[];
}

const shapes = new WeakMap<readonly Mount[], MountShapes>();
const nothing: MountShapes = { all: [], odd: [] };

export function mountShapes(mounts: readonly Mount[] | undefined): MountShapes {
  if (mounts === undefined) return nothing;
  const known = shapes.get(mounts);
  if (known !== undefined) return known;
  const all: MountShape[] = [];
  const odd: number[] = [];
  for (let i = 0; i < mounts.length; i++) {
    const mount = mounts[i] as Mount;
    const shape = mountShape(mount);
    all[i] = shape;
    if (isOdd(mount, shape)) odd.push(i);
  }
  const found = { all, odd };
  shapes.set(mounts, found);
  return found;
}

export function mountShape({ destination, options }: Mount): MountShape {
  return { target: cleanPath(destination), list: optionList(options) };
}

function isOdd({ uidMappings, gidMappings }: Mount, { target, list }: MountShape): boolean {
  return !list.plain || uidMappings !== undefined || gidMappings !== undefined || target === "/" || target.startsWith("/proc");
}

/** It is id-mapped, or says so in a way that is wrong. */
export function mayBeIdMapped({ uidMappings, gidMappings }: Mount, { list }: MountShape): boolean {
  return list.idMap || uidMappings !== undefined || gidMappings !== undefined;
}

/** The first finding that `check` has for a mount of which there is anything to check. */
export function eachOddMount(
  mounts: readonly Mount[] | undefined,
  check: (mount: Mount, at: string, shape: MountShape) => Finding | undefined,
): Finding | undefined {
  const { all, odd } = mountShapes(mounts);
  for (const index of odd) {
    const finding = check(mounts?.[index] as Mount, `/mounts/${index}`, all[index] as MountShape);
    if (finding !== undefined) return finding;
  }
  return undefined;
}
