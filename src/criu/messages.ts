// The messages of CRIU's RPC (criu(8), "swrk"; its images/rpc.proto) that we send and receive, with the field numbers of that file.
import { type FieldRow, decodeMessage, encodeMessage, type Schema } from "./protobuf.js";

export const requestTypes = {
  EMPTY: 0,
  DUMP: 1,
  RESTORE: 2,
  PRE_DUMP: 4,
  NOTIFY: 6,
  FEATURE_CHECK: 9,
  VERSION: 10,
} as const;

export const cgroupModes = { ignore: 0, soft: 3, full: 4, strict: 5, default: 6 } as const;

export interface PageServer {
  readonly address: string;
  readonly port: number;
}
export interface InheritFd {
  readonly key: string;
  readonly fd: number;
}
export interface CgroupRoot {
  readonly ctrl: string;
  readonly path: string;
}
export interface JoinNamespace {
  readonly ns: string;
  readonly ns_file: string;
}

/** criu_opts: names as in rpc.proto. */
export interface CriuOpts {
  readonly images_dir_fd?: number;
  readonly pid?: number;
  readonly leave_running?: boolean;
  readonly ext_unix_sk?: boolean;
  readonly tcp_established?: boolean;
  readonly evasive_devices?: boolean;
  readonly shell_job?: boolean;
  readonly file_locks?: boolean;
  readonly log_level?: number;
  readonly log_file?: string;
  readonly ps?: PageServer;
  readonly notify_scripts?: boolean;
  readonly root?: string;
  readonly parent_img?: string;
  readonly track_mem?: boolean;
  readonly auto_dedup?: boolean;
  readonly work_dir_fd?: number;
  readonly link_remap?: boolean;
  readonly manage_cgroups?: boolean;
  readonly cg_root?: readonly CgroupRoot[];
  readonly rst_sibling?: boolean;
  readonly inherit_fd?: readonly InheritFd[];
  readonly manage_cgroups_mode?: number;
  readonly external?: readonly string[];
  readonly empty_ns?: number;
  readonly join_ns?: readonly JoinNamespace[];
  readonly freeze_cgroup?: string;
  readonly tcp_skip_in_flight?: boolean;
  readonly lazy_pages?: boolean;
  readonly orphan_pts_master?: boolean;
  readonly config_file?: string;
  readonly lsm_profile?: string;
  readonly lsm_mount_context?: string;
}

export interface CriuFeatures {
  readonly mem_track?: boolean;
  readonly lazy_pages?: boolean;
}

/** criu_req */
export interface RequestMessage {
  readonly type: number;
  readonly opts?: CriuOpts;
  readonly notify_success?: boolean;
  readonly keep_open?: boolean;
  readonly features?: CriuFeatures;
}

/** criu_resp */
export interface ResponseMessage {
  readonly type: number;
  readonly success: boolean;
  readonly restore?: { readonly pid: number };
  readonly notify?: { readonly script?: string; readonly pid?: number };
  readonly cr_errno?: number;
  readonly features?: CriuFeatures;
  readonly cr_errmsg?: string;
  readonly version?: { readonly major_number: number; readonly minor_number: number; readonly sublevel?: number };
}

const field = (number: number, type: string): FieldRow => ({ number, type });
const list = (number: number, type: string): FieldRow => ({ number, type, repeated: true });

const optionRows: Readonly<Record<keyof CriuOpts, FieldRow>> = {
  images_dir_fd: field(1, "int32"),
  pid: field(2, "int32"),
  leave_running: field(3, "bool"),
  ext_unix_sk: field(4, "bool"),
  tcp_established: field(5, "bool"),
  evasive_devices: field(6, "bool"),
  shell_job: field(7, "bool"),
  file_locks: field(8, "bool"),
  log_level: field(9, "int32"),
  log_file: field(10, "string"),
  ps: field(11, "criu_page_server_info"),
  notify_scripts: field(12, "bool"),
  root: field(13, "string"),
  parent_img: field(14, "string"),
  track_mem: field(15, "bool"),
  auto_dedup: field(16, "bool"),
  work_dir_fd: field(17, "int32"),
  link_remap: field(18, "bool"),
  manage_cgroups: field(24, "bool"),
  cg_root: list(25, "cgroup_root"),
  rst_sibling: field(26, "bool"),
  inherit_fd: list(27, "inherit_fd"),
  manage_cgroups_mode: field(34, "enum"),
  external: list(37, "string"),
  empty_ns: field(38, "uint32"),
  join_ns: list(39, "join_namespace"),
  freeze_cgroup: field(44, "string"),
  tcp_skip_in_flight: field(46, "bool"),
  lazy_pages: field(48, "bool"),
  orphan_pts_master: field(50, "bool"),
  config_file: field(51, "string"),
  lsm_profile: field(53, "string"),
  lsm_mount_context: field(63, "string"),
};

export const schema: Schema = {
  criu_page_server_info: { address: field(1, "string"), port: field(2, "int32"), pid: field(3, "int32"), fd: field(4, "int32") },
  join_namespace: { ns: field(1, "string"), ns_file: field(2, "string"), extra_opt: field(3, "string") },
  inherit_fd: { key: field(1, "string"), fd: field(2, "int32") },
  cgroup_root: { ctrl: field(1, "string"), path: field(2, "string") },
  criu_opts: optionRows,
  criu_restore_resp: { pid: field(1, "int32") },
  criu_notify: { script: field(1, "string"), pid: field(2, "int32") },
  criu_features: { mem_track: field(1, "bool"), lazy_pages: field(2, "bool"), pidfd_store: field(3, "bool") },
  criu_version: {
    major_number: field(1, "int32"),
    minor_number: field(2, "int32"),
    gitid: field(3, "string"),
    sublevel: field(4, "int32"),
  },
  criu_req: {
    type: field(1, "enum"),
    opts: field(2, "criu_opts"),
    notify_success: field(3, "bool"),
    keep_open: field(4, "bool"),
    features: field(5, "criu_features"),
  },
  criu_resp: {
    type: field(1, "enum"),
    success: field(2, "bool"),
    restore: field(4, "criu_restore_resp"),
    notify: field(5, "criu_notify"),
    cr_errno: field(7, "int32"),
    features: field(8, "criu_features"),
    cr_errmsg: field(9, "string"),
    version: field(10, "criu_version"),
  },
};

export function encodeRequest(request: RequestMessage): Uint8Array {
  return encodeMessage(schema, "criu_req", request as never);
}

export function decodeResponse(bytes: Uint8Array): ResponseMessage {
  return decodeMessage(schema, "criu_resp", bytes) as unknown as ResponseMessage;
}

/** `DUMP`; the number where it is none of ours. */
export function requestName(type: number): string {
  return Object.entries(requestTypes).find(([, number]) => number === type)?.[0] ?? String(type);
}
