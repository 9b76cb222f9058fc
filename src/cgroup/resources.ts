// linux.resources of config.json as far as it is read here; the generated types of src/spec fit it.

/** A number while it is a safe integer, else a bigint. */
export type Int64 = number | bigint;

export interface DeviceRule {
  readonly allow: boolean;
  /** a, b or c; absent or empty: a. */
  readonly type?: string | undefined;
  /** Absent or -1: any. */
  readonly major?: Int64 | undefined;
  readonly minor?: Int64 | undefined;
  /** Letters of "rwm". */
  readonly access?: string | undefined;
}

export interface Memory {
  readonly limit?: Int64 | undefined;
  readonly reservation?: Int64 | undefined;
  readonly swap?: Int64 | undefined;
  readonly kernel?: Int64 | undefined;
  readonly kernelTCP?: Int64 | undefined;
  readonly swappiness?: Int64 | undefined;
  readonly disableOOMKiller?: boolean | undefined;
  readonly useHierarchy?: boolean | undefined;
  readonly checkBeforeUpdate?: boolean | undefined;
}

export interface Cpu {
  readonly shares?: Int64 | undefined;
  readonly quota?: Int64 | undefined;
  readonly burst?: Int64 | undefined;
  readonly period?: Int64 | undefined;
  readonly realtimeRuntime?: Int64 | undefined;
  readonly realtimePeriod?: Int64 | undefined;
  readonly cpus?: string | undefined;
  readonly mems?: string | undefined;
  readonly idle?: Int64 | undefined;
}

export interface WeightDevice {
  readonly major: Int64;
  readonly minor: Int64;
  readonly weight?: number | undefined;
  readonly leafWeight?: number | undefined;
}

export interface ThrottleDevice {
  readonly major: Int64;
  readonly minor: Int64;
  readonly rate?: Int64 | undefined;
}

export interface BlockIO {
  readonly weight?: number | undefined;
  readonly leafWeight?: number | undefined;
  readonly weightDevice?: readonly WeightDevice[] | undefined;
  readonly throttleReadBpsDevice?: readonly ThrottleDevice[] | undefined;
  readonly throttleWriteBpsDevice?: readonly ThrottleDevice[] | undefined;
  readonly throttleReadIOPSDevice?: readonly ThrottleDevice[] | undefined;
  readonly throttleWriteIOPSDevice?: readonly ThrottleDevice[] | undefined;
}

export interface HugepageLimit {
  readonly pageSize: string;
  readonly limit: Int64;
}

export interface Network {
  readonly classID?: number | undefined;
  readonly priorities?: readonly { readonly name: string; readonly priority: number }[] | undefined;
}

export interface RdmaLimit {
  readonly hcaHandles?: number | undefined;
  readonly hcaObjects?: number | undefined;
}

export interface Resources {
  readonly devices?: readonly DeviceRule[] | undefined;
  readonly memory?: Memory | undefined;
  readonly cpu?: Cpu | undefined;
  readonly pids?: { readonly limit?: Int64 | undefined } | undefined;
  readonly blockIO?: BlockIO | undefined;
  readonly hugepageLimits?: readonly HugepageLimit[] | undefined;
  readonly network?: Network | undefined;
  /** By device name. */
  readonly rdma?: Readonly<Record<string, RdmaLimit>> | undefined;
  readonly unified?: Readonly<Record<string, string>> | undefined;
}
