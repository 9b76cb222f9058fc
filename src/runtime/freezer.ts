// Freezing the processes of a cgroup, v1 and v2 (survey 2.11).
import { TsruncError } from "../errors/errors.js";
import type { Native } from "../host/port.js";
import { thaw } from "./cgroup-files.js";

const V1_TRIES = 1000;
const V2_WAIT_MS = 10_000;
const V2_POLL_MS = 5;

/** Returns once all of its processes are frozen. One that cannot be frozen as a whole is thawed: half a container must not run on. */
export function freeze(native: Native, dir: string, version: 1 | 2): void {
  try {
    if (version === 1) freezeV1(native, `${dir}/freezer.state`);
    else freezeV2(native, dir);
  } catch (error) {
    thaw(native, dir, version);
    throw error;
  }
}

/**
 * FREEZING may stay for ever while new processes appear (fork, exec), so FROZEN is written again and again; a thaw and a rest now and then
 * lets a process finish what keeps it from freezing. The numbers are runc's, found by trial.
 */
function freezeV1(native: Native, file: string): void {
  for (let i = 0; i < V1_TRIES; i++) {
    if (i % 50 === 49) {
      native.writeText(file, "THAWED");
      native.sleepMs(10);
    }
    native.writeText(file, "FROZEN");
    if (i % 25 === 24) native.sleepMs(1);
    if (native.readText(file).trim() === "FROZEN") return;
  }
  throw new TsruncError("unable to freeze: processes keep appearing in the container, or one cannot be stopped");
}

function freezeV2(native: Native, dir: string): void {
  native.writeText(`${dir}/cgroup.freeze`, "1");
  const end = native.now() + V2_WAIT_MS;
  while (!/^frozen 1$/m.test(native.readText(`${dir}/cgroup.events`))) {
    if (native.now() >= end) throw new TsruncError("unable to freeze: a process of the container cannot be stopped");
    native.sleepMs(V2_POLL_MS);
  }
}
