// Mount options of config.json to the kernel's flags (survey 2.3). Later options win over earlier ones.
import { isIdMapOption } from "../spec/mount-id-map.js";
import type { OptionList } from "../spec/mount-shape.js";
import { MOUNT_ATTR, MS } from "./linux.js";

interface Flag {
  readonly bits: number;
  /** The option takes the flag away: remembered too, since a locked flag that was asked away is an error, not kept in silence. */
  readonly clear?: true;
}

const flags: Readonly<Record<string, Flag>> = {
  async: { bits: MS.SYNCHRONOUS, clear: true },
  atime: { bits: MS.NOATIME, clear: true },
  bind: { bits: MS.BIND },
  defaults: { bits: 0 },
  dev: { bits: MS.NODEV, clear: true },
  diratime: { bits: MS.NODIRATIME, clear: true },
  dirsync: { bits: MS.DIRSYNC },
  exec: { bits: MS.NOEXEC, clear: true },
  iversion: { bits: MS.I_VERSION },
  lazytime: { bits: MS.LAZYTIME },
  loud: { bits: MS.SILENT, clear: true },
  mand: { bits: MS.MANDLOCK },
  noatime: { bits: MS.NOATIME },
  nodev: { bits: MS.NODEV },
  nodiratime: { bits: MS.NODIRATIME },
  noexec: { bits: MS.NOEXEC },
  noiversion: { bits: MS.I_VERSION, clear: true },
  nolazytime: { bits: MS.LAZYTIME, clear: true },
  nomand: { bits: MS.MANDLOCK, clear: true },
  norelatime: { bits: MS.RELATIME, clear: true },
  nostrictatime: { bits: MS.STRICTATIME, clear: true },
  nosuid: { bits: MS.NOSUID },
  nosymfollow: { bits: MS.NOSYMFOLLOW },
  rbind: { bits: MS.BIND | MS.REC },
  relatime: { bits: MS.RELATIME },
  remount: { bits: MS.REMOUNT },
  ro: { bits: MS.RDONLY },
  rw: { bits: MS.RDONLY, clear: true },
  silent: { bits: MS.SILENT },
  strictatime: { bits: MS.STRICTATIME },
  suid: { bits: MS.NOSUID, clear: true },
  sync: { bits: MS.SYNCHRONOUS },
  symfollow: { bits: MS.NOSYMFOLLOW, clear: true },
};

/** Also the values of linux.rootfsPropagation. */
export const propagationFlags: Readonly<Record<string, number>> = {
  private: MS.PRIVATE,
  rprivate: MS.PRIVATE | MS.REC,
  shared: MS.SHARED,
  rshared: MS.SHARED | MS.REC,
  slave: MS.SLAVE,
  rslave: MS.SLAVE | MS.REC,
  unbindable: MS.UNBINDABLE,
  runbindable: MS.UNBINDABLE | MS.REC,
};

const recursive: Readonly<Record<string, Flag>> = {
  rro: { bits: MOUNT_ATTR.RDONLY },
  rrw: { bits: MOUNT_ATTR.RDONLY, clear: true },
  rnosuid: { bits: MOUNT_ATTR.NOSUID },
  rsuid: { bits: MOUNT_ATTR.NOSUID, clear: true },
  rnodev: { bits: MOUNT_ATTR.NODEV },
  rdev: { bits: MOUNT_ATTR.NODEV, clear: true },
  rnoexec: { bits: MOUNT_ATTR.NOEXEC },
  rexec: { bits: MOUNT_ATTR.NOEXEC, clear: true },
  rnodiratime: { bits: MOUNT_ATTR.NODIRATIME },
  rdiratime: { bits: MOUNT_ATTR.NODIRATIME, clear: true },
  rnosymfollow: { bits: MOUNT_ATTR.NOSYMFOLLOW },
  rsymfollow: { bits: MOUNT_ATTR.NOSYMFOLLOW, clear: true },
};

/**
 * The access time is one field, not bits: setting any value needs MOUNT_ATTR__ATIME in attr_clr (mount_setattr(2)). What takes a value
 * away (ratime, rnorelatime, rnostrictatime) goes back to the kernel's default, relatime, which is 0.
 */
const recursiveAtime: Readonly<Record<string, number>> = {
  rrelatime: MOUNT_ATTR.RELATIME,
  rnorelatime: MOUNT_ATTR.RELATIME,
  rnoatime: MOUNT_ATTR.NOATIME,
  ratime: MOUNT_ATTR.RELATIME,
  rstrictatime: MOUNT_ATTR.STRICTATIME,
  rnostrictatime: MOUNT_ATTR.RELATIME,
};

export interface MountOptions {
  /** MS_* that were asked for, with BIND, REC and REMOUNT. */
  readonly flags: number;
  /** MS_* that were explicitly asked away. */
  readonly cleared: number;
  /** MS_* propagation changes, in the order given. */
  readonly propagation: readonly number[];
  /** MOUNT_ATTR_* for the whole tree. */
  readonly recSet: number;
  readonly recClear: number;
  readonly copyUp: boolean;
  /** crun's copy-symlink, of a bind mount. */
  readonly copyLink?: boolean;
  /** What the filesystem itself is told. */
  readonly data: string;
}

interface Parsed {
  flags: number;
  cleared: number;
  readonly propagation: number[];
  recSet: number;
  recClear: number;
  copyUp: boolean;
  copyLink?: boolean;
}

type Apply = (parsed: Parsed) => void;

/** What each option does: looked up once an option, however many tables there are. */
const effects: ReadonlyMap<string, Apply> = new Map([
  ...Object.entries(flags).map(([name, flag]): [string, Apply] => [name, flagEffect(flag)]),
  ...Object.entries(propagationFlags).map(([name, bits]): [string, Apply] => [name, (parsed) => parsed.propagation.push(bits)]),
  ...Object.entries(recursive).map(([name, flag]): [string, Apply] => [name, recursiveEffect(flag)]),
  ...Object.entries(recursiveAtime).map(([name, bits]): [string, Apply] => [name, atimeEffect(bits)]),
  ["tmpcopyup", (parsed) => (parsed.copyUp = true)],
  ["copy-symlink", (parsed) => (parsed.copyLink = true)],
]);

export function parseMountOptions(options: readonly string[] | undefined): MountOptions {
  const parsed: Parsed & { data: string } = { flags: 0, cleared: 0, propagation: [], recSet: 0, recClear: 0, copyUp: false, data: "" };
  if (options === undefined) return parsed;
  const data: string[] = [];
  for (const option of options) {
    const effect = effects.get(option);
    if (effect !== undefined) effect(parsed);
    else if (!isIdMapOption(option)) data.push(option);
  }
  if (data.length > 0) parsed.data = data.join(",");
  return parsed;
}

const known = new WeakMap<OptionList, MountOptions>();

/** parseMountOptions, once for each different list. */
export function optionsOf(list: OptionList): MountOptions {
  let parsed = known.get(list);
  if (parsed === undefined) known.set(list, (parsed = parseMountOptions(list.options)));
  return parsed;
}

function flagEffect({ bits, clear }: Flag): Apply {
  if (clear) {
    return (parsed) => {
      parsed.flags &= ~bits;
      parsed.cleared |= bits;
    };
  }
  return (parsed) => {
    parsed.flags |= bits;
    parsed.cleared &= ~bits;
  };
}

function recursiveEffect({ bits, clear }: Flag): Apply {
  if (clear) {
    return (parsed) => {
      parsed.recSet &= ~bits;
      parsed.recClear |= bits;
    };
  }
  return (parsed) => {
    parsed.recSet |= bits;
    parsed.recClear &= ~bits;
  };
}

function atimeEffect(bits: number): Apply {
  return (parsed) => {
    parsed.recSet = (parsed.recSet & ~MOUNT_ATTR.ATIME) | bits;
    parsed.recClear |= MOUNT_ATTR.ATIME;
  };
}

/** Every option that is ours rather than the filesystem's, sorted: `features` prints them. */
export function mountOptionNames(): string[] {
  return [...effects.keys()].sort();
}
