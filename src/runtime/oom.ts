// Notices when the kernel runs out of memory for a container.
import type { Native } from "../host/port.js";
import { isErrno } from "../store/files.js";
import type { SavedState } from "../store/state.js";
import { controllerPlace } from "./stats.js";

export interface OomWatch {
  /** For Native.poll: descriptors to become readable, descriptors whose file changes. */
  readonly readable: readonly number[];
  readonly changed: readonly number[];
  /** To be called when one of them was reported: true when there was an OOM kill since the last call. */
  take(): boolean;
  close(): void;
}

/** undefined: no memory controller, or no cgroup. */
export function watchOom(native: Native, { cgroups }: SavedState): OomWatch | undefined {
  if (!cgroups.some(({ version }) => version === 1)) return cgroups[0] && watchV2(native, `${cgroups[0].dir}/memory.events`);
  const place = controllerPlace(cgroups, "memory");
  return place && watchV1(native, place.dir);
}

/** cgroup-v1/memory.rst, 10: an eventfd that counts OOMs. It counts the end of the cgroup as well: then there is no control file left. */
function watchV1(native: Native, dir: string): OomWatch | undefined {
  // A rootless container has a cgroup by name only.
  if (!isThere(native, `${dir}/memory.oom_control`)) return undefined;
  const control = native.open(`${dir}/memory.oom_control`, ["read"], 0);
  const event = native.eventfd();
  native.writeText(`${dir}/cgroup.event_control`, `${event} ${control}`);
  return {
    readable: [event],
    changed: [],
    take() {
      if (native.poll([event], [], 0).length === 0) return false;
      native.read(event, 8);
      return isThere(native, `${dir}/cgroup.event_control`);
    },
    close() {
      native.close(event);
      native.close(control);
    },
  };
}

function isThere(native: Native, file: string): boolean {
  try {
    native.lstat(file);
    return true;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENODEV")) return false;
    throw error;
  }
}

/** The kernel notifies a change to whoever has read the file through a descriptor, which is therefore opened anew for each look. */
function watchV2(native: Native, file: string): OomWatch | undefined {
  let fd = -1;
  let count = 0;
  const look = (): number | undefined => {
    if (fd >= 0) native.close(fd);
    fd = -1;
    try {
      fd = native.open(file, ["read"], 0);
      return Number(/^oom_kill (\d+)$/m.exec(new TextDecoder().decode(native.read(fd, 4096)))?.[1] ?? 0);
    } catch (error) {
      if (isErrno(error, "ENOENT", "ENODEV")) return undefined;
      throw error;
    }
  };
  const first = look();
  if (first === undefined) return undefined;
  count = first;
  return {
    readable: [],
    get changed() {
      return fd < 0 ? [] : [fd];
    },
    take() {
      const now = look() ?? count;
      const more = now > count;
      count = now;
      return more;
    },
    close() {
      if (fd >= 0) native.close(fd);
    },
  };
}
