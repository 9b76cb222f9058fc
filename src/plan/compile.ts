// A container's life up to its program, top to bottom: one pass for each concern (survey 2.13; docs/adr/0002 for seccomp's place).
import { type Pass, planContext } from "./context.js";
import type { CreateInput } from "./input.js";
import { capabilityIdentity } from "./passes/identity.js";
import {
  cgroupCreate,
  cgroupCreateFirst,
  cgroupCreateOfStage,
  cgroupEnter,
  cgroupEnterBefore,
  cgroupLimitsFirst,
  cgroupLimitsLast,
  cgroupOpen,
  cgroupOpenFirst,
  cgroupRulesFirst,
} from "./passes/cgroup.js";
import { consoleOrStdio } from "./passes/console.js";
import { cwdEnter, cwdMake } from "./passes/cwd.js";
import { devices } from "./passes/devices.js";
import { execProgram } from "./passes/exec.js";
import { gateWait } from "./passes/gate.js";
import { containerHooks, runtimeHooks, startHooks } from "./passes/hooks.js";
import { checkJoinedMaps, idMaps } from "./passes/idmaps.js";
import { loopback } from "./passes/loopback.js";
import { maskedPaths, readonlyPaths } from "./passes/restricted-paths.js";
import { mounts, readonlyMounts } from "./passes/mounts.js";
import { cloneInit, joinNamespaces, newCgroupNamespace, timeOffsets, unshareTime } from "./passes/namespaces.js";
import { intelRdt } from "./passes/intel-rdt.js";
import { netDevices } from "./passes/net-devices.js";
import { noNewPrivileges } from "./passes/no-new-privileges.js";
import { notifyDirectory, notifyMount } from "./passes/notify.js";
import { oomScore } from "./passes/oom.js";
import { lookup } from "./passes/lookup.js";
import { pidfdSend, pidFile, saveState } from "./passes/save.js";
import { attachRootfs, pivot, readonlyRoot, rootfs } from "./passes/rootfs.js";
import { rlimits } from "./passes/rlimits.js";
import { seccompLoad } from "./passes/seccomp.js";
import { session } from "./passes/session.js";
import { prepare, spawnInit, spawnStage } from "./passes/spawn.js";
import { store } from "./passes/store.js";
import { ioPriority, memoryPolicy, personality, scheduler } from "./passes/scheduling.js";
import { execLabels } from "./passes/labels.js";
import { sysctls } from "./passes/sysctl.js";
import { unitOfInit, unitOfStage } from "./passes/unit.js";
import { umask } from "./passes/umask.js";
import { uts } from "./passes/uts.js";
import type { Op, Plan, Step } from "./types.js";
import { addSteps } from "./unique-id.js";

const createPasses: readonly Pass[] = [
  // The runtime, on the host.
  store,
  notifyDirectory,
  cgroupCreateFirst,
  cgroupOpenFirst,
  // Where init needs no stage it is started now, and the rest is done beside it.
  spawnInit,
  unitOfInit,
  cgroupCreate,
  cgroupRulesFirst,
  prepare,
  attachRootfs,
  spawnStage,
  unitOfStage,
  cgroupCreateOfStage,
  oomScore,
  // The stage becomes what init is born of.
  cgroupOpen,
  cgroupEnterBefore,
  joinNamespaces,
  idMaps,
  unshareTime,
  timeOffsets,
  cloneInit,
  checkJoinedMaps,
  // init, in its namespaces, still with the host's root.
  cgroupEnter,
  session,
  newCgroupNamespace,
  loopback,
  netDevices,
  intelRdt,
  rootfs,
  mounts,
  notifyMount,
  devices,
  cgroupLimitsFirst,
  runtimeHooks,
  containerHooks,
  // The container's root from here on.
  pivot,
  cwdMake,
  consoleOrStdio,
  readonlyMounts,
  readonlyRoot,
  umask,
  uts,
  sysctls,
  readonlyPaths,
  maskedPaths,
  // The program's own: privileges go, nothing that needs them follows.
  noNewPrivileges,
  scheduler,
  ioPriority,
  personality,
  memoryPolicy,
  cwdEnter,
  // While init is still root: prlimit(2) takes CAP_SYS_RESOURCE for another user's process, which the engine's sandbox may lack.
  rlimits,
  execLabels,
  capabilityIdentity,
  lookup,
  // What outlives create.
  cgroupLimitsLast,
  saveState,
  pidFile,
  pidfdSend,
  gateWait,
  // `start`.
  startHooks,
  seccompLoad,
  execProgram,
];

/**
 * The plan of `create` (and of `run`). Throws TsruncError for what only the compiler can see; never looks at the host. `onSpawn` is told of init.spawn
 * before all else is compiled, where nothing has to be there first (a stage, a cgroup to be born in).
 */
export function compileCreate(input: CreateInput, onSpawn?: (op: Op<"init.spawn">) => void): Plan {
  const context = planContext(input);
  if (onSpawn !== undefined) {
    const op = spawnInit(context)[0]?.op;
    if (op?.verb === "init.spawn" && op.cgroup === undefined) onSpawn(op);
  }
  const steps: Step[] = [];
  const used = new Map<string, number>();
  for (const pass of createPasses) addSteps(steps, pass(context), used);
  return { command: "create", id: input.id, steps };
}
