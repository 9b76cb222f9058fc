// Every rule that no schema can express, in the order in which they are asked: what runc checks first comes first, so that the
// first error is the same. One rule a file.
import { configError } from "../load.js";
import type { LoadedConfig } from "../load.js";
import { annotations } from "./annotations.js";
import { cgroupV2 } from "./cgroup-v2.js";
import { cgroupsPath } from "./cgroups-path.js";
import { consoleSize } from "./console-size.js";
import { deviceRules } from "./device-rules.js";
import { devices } from "./devices.js";
import { environment } from "./environment.js";
import { hooks } from "./hooks.js";
import { hostname } from "./hostname.js";
import { idMappings } from "./id-mappings.js";
import { memory } from "./memory.js";
import { intelRdt } from "./intel-rdt.js";
import { ioPriority } from "./io-priority.js";
import { labels } from "./labels.js";
import { memoryPolicy } from "./memory-policy.js";
import { mountIdMaps } from "./mount-id-maps.js";
import { mountLabel } from "./mount-label.js";
import { mounts } from "./mounts.js";
import { namespaces } from "./namespaces.js";
import { ociVersion } from "./oci-version.js";
import { netDevices } from "./net-devices.js";
import { oomScore } from "./oom-score.js";
import { processRule } from "./process.js";
import { personality } from "./personality.js";
import { procMounts } from "./proc-mounts.js";
import { rdma } from "./rdma.js";
import { restrictedPaths } from "./restricted-paths.js";
import { rlimits } from "./rlimits.js";
import { root } from "./root.js";
import { rootfsPropagation } from "./rootfs-propagation.js";
import { rootless } from "./rootless.js";
import type { Rule, RuleContext } from "./rule.js";
import { scheduler } from "./scheduler.js";
import { seccomp } from "./seccomp.js";
import { sysctl } from "./sysctl.js";
import { timeNamespace } from "./time-namespace.js";
import { unified } from "./unified.js";
import { unsupported } from "./unsupported.js";
import { user } from "./user.js";
import { userNamespace } from "./user-namespace.js";

export type { RuleContext } from "./rule.js";

export const rules: readonly Rule[] = [
  ociVersion,
  processRule,
  root,
  unsupported,
  devices,
  deviceRules,
  cgroupsPath,
  rootfsPropagation,
  namespaces,
  userNamespace,
  idMappings,
  seccomp,
  unified,
  memory,
  rdma,
  cgroupV2,
  hostname,
  restrictedPaths,
  timeNamespace,
  netDevices,
  intelRdt,
  annotations,
  sysctl,
  rootless,
  mounts,
  mountIdMaps,
  mountLabel,
  procMounts,
  user,
  environment,
  rlimits,
  oomScore,
  scheduler,
  ioPriority,
  personality,
  memoryPolicy,
  labels,
  consoleSize,
  hooks,
];

/** Throws the first finding of the rules: `config.json:12:5 /process/cwd: Cwd must be an absolute path`. */
export function checkRules(loaded: LoadedConfig, context: RuleContext): void {
  for (const rule of rules) {
    const finding = rule(loaded.config, context);
    if (finding !== undefined) throw configError(loaded.where, finding.at, finding.message, finding.hint);
  }
}
