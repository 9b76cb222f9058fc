// Mounts of a container that come from outside, by name: CRIU saves their names and asks for them at restore.
import { cgroupPlaces } from "../cgroup/place.js";
import { type ExternalMount, isBind, MASK_KEY, maskedFiles, mountPoints } from "../criu/external.js";
import type { Native } from "../host/port.js";
import { NOTIFY_DIRECTORY } from "../plan/context.js";
import type { Facts } from "../plan/facts.js";
import type { Config } from "../spec/config.js";
import { isErrno } from "../store/files.js";
import { absolutePath, baseName } from "../store/paths.js";

/** As deep as the kernel follows links. */
const MAX_LINKS = 40;

export interface MountSubject {
  readonly id: string;
  readonly bundle: string;
  readonly config: Config;
  readonly facts: Facts;
  /** Where the container's paths begin: `/proc/PID/root` or the rootfs. */
  readonly root: string;
}

/** Bind mounts, the hierarchies of cgroup v1 that are bound (without a cgroup namespace), device nodes. */
export function externalMounts(native: Native, subject: MountSubject): ExternalMount[] {
  const { bundle, config } = subject;
  return [
    ...(config.mounts ?? []).flatMap((mount) => {
      const destination = resolveBelow(native, subject.root, mount.destination);
      if (isBind(mount)) return [external(destination, absolutePath(mount.source ?? "", bundle))];
      return mount.type === "cgroup" ? cgroupBinds(subject, destination) : [];
    }),
    // Bound from the host where they cannot be made (user namespaces); the default ones never need it, as their tmpfs is saved.
    ...(config.linux?.devices ?? []).map(({ path }) => external(path, path)),
  ];
}

function external(destination: string, source: string): ExternalMount {
  return { destination, key: destination, source };
}

function cgroupBinds({ id, config, facts }: MountSubject, destination: string): ExternalMount[] {
  const namespace = (config.linux?.namespaces ?? []).some(({ type }) => type === "cgroup");
  if (namespace || facts.cgroup.mode === "v2") return [];
  return cgroupPlaces(config.linux?.cgroupsPath, id, facts)
    .filter(({ version }) => version === 1)
    .map(({ mountpoint, dir }) => external(`${destination}/${baseName(mountpoint)}`, dir));
}

/** The directory of sd_notify(3)'s socket: a bind of one in the state directory. */
function notifyMount(stateDir: string): ExternalMount {
  return external(NOTIFY_DIRECTORY, `${stateDir}/notify`);
}

const defaultDevices = ["null", "zero", "full", "random", "urandom", "tty"].map((name) => `/dev/${name}`);

/** What only a look at a container that runs can tell: masked files and devices that are mounts. */
export function mountedFiles(config: Config, mountinfo: string): ExternalMount[] {
  const points = mountPoints(mountinfo);
  return [
    ...maskedFiles(config, mountinfo).map((destination) => ({ destination, key: MASK_KEY, source: MASK_KEY })),
    ...mountableFiles("").filter(({ destination }) => points.has(destination)),
  ];
}

/** The names that `mountedFiles` may have given, for a restore, which cannot look. */
export function mountableFiles(stateDir: string): ExternalMount[] {
  return [...defaultDevices.map((path) => external(path, path)), notifyMount(stateDir)];
}

/**
 * `path` of the container without symbolic links, which are followed as the container would. It is but a name: what the container makes
 * of it meanwhile makes CRIU fail, no more.
 */
export function resolveBelow(native: Native, root: string, path: string): string {
  let done = "";
  let rest = path.split("/");
  for (let links = 0; rest.length > 0;) {
    const [part = "", ...behind] = rest;
    rest = behind;
    if (part === "" || part === ".") continue;
    if (part === "..") {
      done = done.slice(0, Math.max(done.lastIndexOf("/"), 0));
      continue;
    }
    const target = links < MAX_LINKS ? linkAt(native, `${root}${done}/${part}`) : undefined;
    if (target === undefined) {
      done = `${done}/${part}`;
      continue;
    }
    links += 1;
    if (target.startsWith("/")) done = "";
    rest = [...target.split("/"), ...rest];
  }
  return done === "" ? "/" : done;
}

function linkAt(native: Native, path: string): string | undefined {
  try {
    return native.readlink(path);
  } catch (error) {
    if (isErrno(error, "EINVAL", "ENOENT", "ENOTDIR", "EACCES")) return undefined;
    throw error;
  }
}
