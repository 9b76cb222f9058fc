// The features document (runtime-spec features.md): what this runtime recognises, not what this host can do.
import type { Native } from "../host/port.js";
import { capabilityNames } from "../plan/capabilities.js";
import { mountOptionNames } from "../plan/mountflags.js";
import { seccompActions, seccompArchs, seccompKnownFlags, seccompOperators, seccompSupportedFlags } from "../seccomp/lists.js";
import { commit, SPEC_VERSION, VERSION } from "./version.js";

const namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];
const hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

export function featuresDocument(native: Native): Readonly<Record<string, unknown>> {
  return {
    ociVersionMin: "1.0.0",
    ociVersionMax: SPEC_VERSION,
    hooks,
    mountOptions: mountOptionNames(),
    linux: linuxFeatures(),
    annotations: {
      "io.github.seccomp.libseccomp.version": native.seccompInfo().version,
      "io.github.tsrunc.version": VERSION,
      // Engines ask by runc's name.
      "org.opencontainers.runc.checkpoint.enabled": "true",
      ...(commit() === "" ? {} : { "io.github.tsrunc.commit": commit() }),
    },
    // Annotations of config.json that change what we do.
    potentiallyUnsafeConfigAnnotations: ["org.criu.config"],
  };
}

function linuxFeatures(): Readonly<Record<string, unknown>> {
  return {
    namespaces,
    capabilities: capabilityNames,
    cgroup: { v1: true, v2: true, systemd: true, systemdUser: true, rdma: true },
    seccomp: {
      enabled: true,
      actions: seccompActions,
      operators: seccompOperators,
      archs: Object.keys(seccompArchs).sort(),
      knownFlags: seccompKnownFlags,
      supportedFlags: seccompSupportedFlags,
    },
    apparmor: { enabled: true },
    selinux: { enabled: true },
    intelRdt: { enabled: true, schemata: true, monitoring: true },
    mountExtensions: { idmap: { enabled: true } },
    netDevices: { enabled: true },
  };
}
