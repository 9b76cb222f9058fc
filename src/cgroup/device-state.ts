// What is allowed, as the kernel's v1 devices controller thinks of it (security/device_cgroup.c).

export const anyNumber = -1;

/** Bits as in struct bpf_cgroup_dev_ctx (linux/bpf.h). */
export const accessBits = { m: 1, r: 2, w: 4 } as const;
export const allAccess = 7;

export interface DeviceException {
  readonly type: "b" | "c";
  /** `anyNumber`: any. */
  readonly major: number;
  readonly minor: number;
  /** Sum of `accessBits`. */
  readonly access: number;
  /** Who asked for it. */
  readonly at: string;
}

/** `allowed`: what goes for devices that no exception matches. */
export interface DeviceState {
  readonly allowed: boolean;
  readonly exceptions: readonly DeviceException[];
}
