// config.json files that Docker, containerd and podman wrote (TSRUNC_SHARED, else ../shared beside the source tree), adapted so that
// they run here: mount sources are made, namespaces to join are those of a process of the test, hooks become /bin/true.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { TestConfig } from "./config.js";
import type { HeldNamespaces, JoinableNamespace } from "./namespaces.js";
import { sourceRoot } from "./paths.js";
import type { Bundle, Scratch } from "./scratch.js";

export const sharedDirectory = process.env["TSRUNC_SHARED"] ?? join(dirname(sourceRoot), "shared");
const directory = join(sharedDirectory, "bundles");

/** false when they are there, else why the tests are skipped. */
export function sharedBundlesMissing(): string | false {
  return existsSync(directory) ? false : `${directory} is not there (TSRUNC_SHARED names another place)`;
}

export function sharedBundles(): string[] {
  return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
}

export function sharedBundlePath(name: string): string {
  return join(directory, name);
}

/** The last component tells files from directories: what engines mount is known. */
const isFile = (destination: string) =>
  /\/(hosts|hostname|resolv\.conf|\.containerenv|single|hooks\.log|docker-init|catatonit)$/.test(destination);

function adaptMounts(config: TestConfig, scratch: Scratch): void {
  config.mounts.forEach((mount: { source?: string; destination: string; options?: string[] }, index: number) => {
    if (!mount.options?.some((option) => option === "bind" || option === "rbind")) return;
    if (mount.source !== undefined && /^\/(dev|sys|proc|etc)\//.test(mount.source)) return;
    const source = scratch.path(`source-${index}`);
    mount.source = source;
    if (isFile(mount.destination)) writeFileSync(source, "a file\n");
    else mkdirSync(join(source, "sub"), { recursive: true });
  });
}

const joinable: Readonly<Record<string, JoinableNamespace>> = { network: "net", ipc: "ipc", uts: "uts", pid: "pid" };

function adaptNamespaces(config: TestConfig, held: HeldNamespaces): void {
  for (const namespace of config.linux.namespaces as { type: string; path?: string }[]) {
    const name = joinable[namespace.type];
    if (namespace.path !== undefined && name !== undefined) namespace.path = held.path(name);
  }
}

function adaptHooks(config: TestConfig): void {
  const hooks = (config.hooks ?? {}) as Record<string, { path: string; args?: string[] }[]>;
  for (const hook of Object.values(hooks).flat()) {
    hook.path = "/bin/true";
    delete hook.args;
  }
}

/** This machine may lack capabilities that the engine's had; runc refuses what it cannot give. */
function adaptCapabilities(config: TestConfig): void {
  const bounding = BigInt(`0x${/^CapBnd:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`);
  const hasSysResource = (bounding >> 24n) & 1n;
  if (hasSysResource) return;
  const sets = (config.process.capabilities ?? {}) as Record<string, string[]>;
  for (const name of Object.keys(sets)) sets[name] = (sets[name] ?? []).filter((cap) => cap !== "CAP_SYS_RESOURCE");
}

/** With a user namespace the rootfs is the mapped root's, and reachable for it. */
function adaptOwner(config: TestConfig, bundle: Bundle): void {
  const [uid, gid] = [config.linux.uidMappings, config.linux.gidMappings].map(
    (maps) => maps?.find((map: IdMapping) => map.containerID === 0)?.hostID,
  );
  if (uid !== undefined) execFileSync("chown", ["-Rh", `${uid}:${gid}`, bundle.rootfs]);
}

interface IdMapping {
  readonly containerID: number;
  readonly hostID: number;
}

/** `args` becomes the container's command; a terminal is left out. */
export function adaptBundle(name: string, scratch: Scratch, held: HeldNamespaces, args: readonly string[]): Bundle {
  const config = JSON.parse(readFileSync(sharedBundlePath(name), "utf8")) as TestConfig;
  const bundle = scratch.makeBundle({}, { config });
  config.root.path = "rootfs";
  config.process.args = [...args];
  config.process.terminal = false;
  delete config.process.consoleSize;
  config.process.cwd = "/";
  if (config.linux.cgroupsPath !== undefined) config.linux.cgroupsPath = `/${scratch.marker}-1`;
  adaptMounts(config, scratch);
  adaptNamespaces(config, held);
  adaptHooks(config);
  adaptCapabilities(config);
  adaptOwner(config, bundle);
  bundle.save();
  return bundle;
}
