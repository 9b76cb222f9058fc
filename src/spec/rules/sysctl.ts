import type { Config } from "../config.js";
import { sysctlName, sysctlPath } from "../sysctl.js";
import { type Rule, escapePointer, hasNamespace, namespacePath, quoted } from "./rule.js";

// Parameters of an IPC namespace (ipc_namespaces(7)); all others of kernel.* belong to the host.
const ipc = new Set("msgmax msgmnb msgmni sem shmall shmmax shmmni shm_rmid_forced".split(" ").map((name) => `kernel.${name}`));

/** Only parameters of the container's own namespaces: /proc/sys is the host's for all others. */
export const sysctl: Rule = (config) => {
  for (const key of Object.keys(config.linux?.sysctl ?? {})) {
    const message = refuse(config, key);
    if (message !== undefined) return { at: `/linux/sysctl/${escapePointer(key)}`, message };
  }
  return undefined;
};

function refuse(config: Config, key: string): string | undefined {
  const name = sysctlName(key);
  // net/../kernel would pass as net.* and be written elsewhere.
  if (
    sysctlPath(key)
      .split("/")
      .some((part) => part === "" || part === "." || part === "..")
  ) {
    return `sysctl ${quoted(key)} is not a name of a kernel parameter`;
  }
  if (ipc.has(name) || name.startsWith("fs.mqueue.")) {
    return hasNamespace(config, "ipc") ? undefined : `sysctl ${quoted(name)} is not allowed in the hosts ipc namespace`;
  }
  if (name.startsWith("net.")) return ownNetwork(config) ? undefined : `sysctl ${quoted(name)} not allowed in host network namespace`;
  if (hasNamespace(config, "uts")) {
    if (name === "kernel.domainname") return undefined;
    if (name === "kernel.hostname") return `sysctl ${quoted(name)} is not allowed as it conflicts with the OCI "hostname" field`;
  }
  if (name.startsWith("user.")) {
    return hasNamespace(config, "user") ? undefined : `setting ucounts without a user namespace not allowed: ${name}`;
  }
  return `sysctl ${quoted(name)} is not in a separate kernel namespace`;
}

/** A path that says by its name that it is the runtime's own namespace; others are compared when they are opened. */
function ownNetwork(config: Config): boolean {
  if (!hasNamespace(config, "network")) return false;
  return !/^\/proc\/(self|thread-self|1)\/ns\/net$/.test(namespacePath(config, "network") ?? "");
}
