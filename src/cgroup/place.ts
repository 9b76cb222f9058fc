// linux.cgroupsPath → one directory in each cgroup hierarchy of the host.
import { TsruncError } from "../errors/errors.js";
import type { CgroupHierarchy, Facts } from "../plan/facts.js";

/** The container's cgroup in one hierarchy. */
export interface CgroupPlace {
  readonly version: 1 | 2;
  readonly mountpoint: string;
  /** Absolute, below `mountpoint`. */
  readonly dir: string;
  /** v1: those mounted there (several when co-mounted). v2: those to enable on the way down; none on a hybrid host. */
  readonly controllers: readonly string[];
}

const at = "/linux/cgroupsPath";

/**
 * Where the container's cgroup is: one place for each v1 hierarchy (all are joined: `name=systemd` too, and the v2 hierarchy of a hybrid
 * host, as engines look for init in any of them), or the one of v2. None without cgroups.
 *
 * An absolute path is below the mount point. A relative one, and the id when there is none, is below the runtime's own cgroup (v1, in
 * each hierarchy its own), or that cgroup's parent (v2: the own one has processes, so its children can have no controllers). `..` never
 * leads above these. The cgroup of the mount point itself, and the runtime's own, are refused: they hold others' processes.
 *
 * SLICE:PREFIX:NAME without --systemd-cgroup is a relative path like any other, as for runc: `ctr run --runc-systemd-cgroup` forgets the
 * flag beside --uidmap and --no-pivot (containerd 1.6).
 */
export function cgroupPlaces(cgroupsPath: string | undefined, id: string, facts: Facts): CgroupPlace[] {
  const path = cgroupsPath === undefined || cgroupsPath === "" ? id : cgroupsPath;
  const absolute = path.startsWith("/");
  const inner = below(segments(path));
  if (inner === "") refuse(`cgroupsPath ${JSON.stringify(path)} names no cgroup of its own`);
  return facts.cgroup.hierarchies.map((hierarchy) => {
    const from = absolute ? "" : below(parent(hierarchy));
    return {
      version: hierarchy.version,
      mountpoint: hierarchy.mountpoint,
      dir: `${hierarchy.mountpoint}${from}${inner}`,
      // A v2 hierarchy beside v1 ones is for tracking: enabling a controller there would take it away from the host's v1.
      controllers: hierarchy.version === 2 && facts.cgroup.mode === "hybrid" ? [] : hierarchy.controllers,
    };
  });
}

/** "/a/b", "" for none. */
function below(parts: readonly string[]): string {
  return parts.length === 0 ? "" : `/${parts.join("/")}`;
}

function parent(hierarchy: CgroupHierarchy): string[] {
  const own = segments(hierarchy.own);
  return hierarchy.version === 1 ? own : own.slice(0, -1);
}

/** Components without `.` and empty ones; `..` takes one back, and nothing at the top. */
function segments(path: string): string[] {
  if (path === "/") return [];
  const result: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") result.pop();
    else if (part !== "" && part !== ".") result.push(part);
  }
  return result;
}

function refuse(message: string): never {
  throw new TsruncError(`${at}: ${message}`, { at });
}
