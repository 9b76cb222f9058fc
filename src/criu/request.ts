// What `checkpoint` and `restore` ask of CRIU: the command line, config.json and what the kernel shows, as one request. Pure.
import type { Config } from "../spec/config.js";
import { cgroupModes, type CriuFeatures, type CriuOpts, type InheritFd, type JoinNamespace, type PageServer } from "./messages.js";

export type CgroupsMode = keyof typeof cgroupModes;

/** Flags that both commands have (survey 1.3). */
export interface CriuFlags {
  readonly tcpEstablished: boolean;
  readonly extUnixSk: boolean;
  readonly shellJob: boolean;
  readonly fileLocks: boolean;
  readonly autoDedup: boolean;
  readonly lazyPages: boolean;
  readonly cgroupsMode: CgroupsMode;
}

export interface DumpFlags extends CriuFlags {
  readonly leaveRunning: boolean;
  readonly preDump: boolean;
  readonly tcpSkipInFlight: boolean;
  readonly linkRemap: boolean;
  /** Relative to the directory of images. */
  readonly parentPath: string | undefined;
  readonly pageServer: PageServer | undefined;
}

export interface RestoreFlags extends CriuFlags {
  readonly lsmProfile: string | undefined;
  readonly lsmMountContext: string | undefined;
}

/** The `request` of a criu.request step, as JSON. Descriptors and what is only known to the runtime are added when it is sent. */
export interface CriuRequest {
  readonly type: "DUMP" | "PRE_DUMP" | "RESTORE";
  /** Directory of images, absolute. */
  readonly images: string;
  /** Directory of logs and work files, absolute; where it is not `images`. */
  readonly work?: string;
  readonly features: readonly (keyof CriuFeatures)[];
  readonly opts: CriuOpts;
}

/** Of a container that runs. */
export interface DumpSubject {
  readonly config: Config;
  readonly pid: number;
  readonly rootfs: string;
  /** Directory of the freezer; absent: CRIU stops the processes one by one. */
  readonly freezer: string | undefined;
  /** `mnt[/data]:/data`, `net[4026532000]:extRootNetNS`. */
  readonly external: readonly string[];
}

export interface RestoreSubject {
  readonly config: Config;
  /** Where rootfs.expose attaches the container's root. */
  readonly root: string;
  readonly external: readonly string[];
  readonly inherit: readonly InheritFd[];
  readonly join: readonly JoinNamespace[];
}

export interface Directories {
  readonly images: string;
  readonly work: string | undefined;
}

/** CLONE_NEWNET: the network is the engine's affair, a new namespace is restored empty (as runc has it, whatever --empty-ns says). */
const EMPTY_NETWORK = 0x40000000;
/** What happened, but not each page: CRIU's own choice for containers. */
const LOG_LEVEL = 4;

/** A file of CRIU options that wins over ours: by annotation, where the empty string means none; else runc's well-known one. */
const CONFIG_ANNOTATION = "org.criu.config";
const DEFAULT_CONFIG = "/etc/criu/runc.conf";

const logFiles = { DUMP: "dump.log", PRE_DUMP: "dump.log", RESTORE: "restore.log" } as const;

export function dumpRequest(subject: DumpSubject, flags: DumpFlags, directories: Directories): CriuRequest {
  const { pid, rootfs, freezer, external } = subject;
  const { parentPath, pageServer } = flags;
  const type = flags.preDump ? "PRE_DUMP" : "DUMP";
  return {
    type,
    ...directoriesOf(directories),
    features: [...(flags.preDump ? (["mem_track"] as const) : []), ...(flags.lazyPages ? (["lazy_pages"] as const) : [])],
    opts: {
      ...commonOpts(subject.config, flags),
      pid,
      root: rootfs,
      log_file: logFiles[type],
      leave_running: flags.leaveRunning,
      tcp_skip_in_flight: flags.tcpSkipInFlight,
      link_remap: flags.linkRemap,
      ...(freezer === undefined ? {} : { freeze_cgroup: freezer }),
      ...(pageServer === undefined ? {} : { ps: pageServer }),
      ...(parentPath === undefined ? {} : { parent_img: parentPath, track_mem: true }),
      external,
    },
  };
}

export function restoreRequest(subject: RestoreSubject, flags: RestoreFlags, directories: Directories): CriuRequest {
  const { lsmProfile, lsmMountContext } = flags;
  return {
    type: "RESTORE",
    ...directoriesOf(directories),
    features: [],
    opts: {
      ...commonOpts(subject.config, flags),
      root: subject.root,
      log_file: logFiles.RESTORE,
      evasive_devices: true,
      // The restored init becomes our child, as a created one is, and then the engine's.
      rst_sibling: true,
      ...(lsmProfile === undefined ? {} : { lsm_profile: lsmProfile }),
      ...(lsmMountContext === undefined ? {} : { lsm_mount_context: lsmMountContext }),
      external: subject.external,
      inherit_fd: subject.inherit,
      join_ns: subject.join,
    },
  };
}

function directoriesOf({ images, work }: Directories): Pick<CriuRequest, "images" | "work"> {
  return work === undefined ? { images } : { images, work };
}

function commonOpts(config: Config, flags: CriuFlags): CriuOpts {
  return {
    log_level: LOG_LEVEL,
    notify_scripts: true,
    manage_cgroups: true,
    manage_cgroups_mode: cgroupModes[flags.cgroupsMode],
    shell_job: flags.shellJob,
    tcp_established: flags.tcpEstablished,
    ext_unix_sk: flags.extUnixSk,
    file_locks: flags.fileLocks,
    auto_dedup: flags.autoDedup,
    lazy_pages: flags.lazyPages,
    empty_ns: EMPTY_NETWORK,
    // A terminal whose master the engine holds.
    orphan_pts_master: true,
    ...configFile(config),
  };
}

function configFile({ annotations }: Config): Pick<CriuOpts, "config_file"> {
  const file = annotations?.[CONFIG_ANNOTATION] ?? DEFAULT_CONFIG;
  return file === "" ? {} : { config_file: file };
}
