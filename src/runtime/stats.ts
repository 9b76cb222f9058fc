// Reads the cgroup files of a container for `events`.
import { statsV1 } from "../cgroup/stats-v1.js";
import { statsV2 } from "../cgroup/stats-v2.js";
import type { Stats } from "../cgroup/stats.js";
import { readFacts } from "../host/facts.js";
import type { Native } from "../host/port.js";
import { isErrno } from "../store/files.js";
import type { SavedCgroup, SavedState } from "../store/state.js";
import { readIfThere } from "./cgroup-files.js";

export function readStats(native: Native, { cgroups }: SavedState): Stats {
  const { hugepageSizes } = readFacts(native);
  if (!cgroups.some(({ version }) => version === 1)) {
    const dir = cgroups[0]?.dir;
    return statsV2((file) => (dir === undefined ? undefined : readFile(native, `${dir}/${file}`)), hugepageSizes);
  }
  return statsV1((controller, file) => {
    const place = controllerPlace(cgroups, controller);
    return place === undefined ? undefined : readFile(native, `${place.dir}/${file}`);
  }, hugepageSizes);
}

/** The v1 hierarchy that has the controller. */
export function controllerPlace(cgroups: readonly SavedCgroup[], controller: string): SavedCgroup | undefined {
  return cgroups.find(({ version, controllers }) => version === 1 && controllers.includes(controller));
}

/** Pressure files of a kernel with psi=0, and cgroup.procs of a threaded cgroup, are there but cannot be read. */
function readFile(native: Native, file: string): string | undefined {
  try {
    return readIfThere(native, file);
  } catch (error) {
    if (isErrno(error, "EOPNOTSUPP")) return undefined;
    throw error;
  }
}
