// The shape that the tables of v1.ts and v2.ts share: a property of linux.resources, the file it goes to, what is written.
import type { Resources } from "./resources.js";

/** The same with another file, for kernels that lack the first one. */
export interface OtherFile {
  readonly file: string;
  readonly value: string;
}

export interface Entry {
  /** The property below /linux/resources: `memory/limit`. */
  readonly property: string;
  /** File name in the container's cgroup. */
  readonly file: string;
  readonly value: string;
  /** errno numbers that are no failure. */
  readonly tolerate?: readonly number[];
  readonly orElse?: OtherFile;
}

/** What one controller is asked for, in the order to write it. */
export interface Family {
  readonly controller: string;
  readonly entries: (resources: Resources) => readonly (Entry | undefined)[];
}

export const ENOENT = 2;

/** Both versions have the same controller: one line for each device, what is not named stays without a limit. */
export const rdmaFamily: Family = {
  controller: "rdma",
  entries: ({ rdma = {} }) =>
    Object.entries(rdma).map(([device, { hcaHandles, hcaObjects }]) => {
      const limits = [
        ...(hcaHandles === undefined ? [] : [`hca_handle=${hcaHandles}`]),
        ...(hcaObjects === undefined ? [] : [`hca_object=${hcaObjects}`]),
      ];
      const property = `rdma/${device.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      return { property, file: "rdma.max", value: [device, ...limits].join(" ") };
    }),
};

type Extra = Omit<Entry, "property" | "file" | "value">;

/** undefined when the property is not set. */
export function entry(property: string, file: string, value: string | undefined, extra: Extra = {}): Entry | undefined {
  return value === undefined ? undefined : { property, file, value, ...extra };
}
