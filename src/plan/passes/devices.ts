// /dev: the nodes every container has, those of the config, and the links programs expect (survey 2.5).
import type { Device } from "../../spec/config.js";
import { cleanPath } from "../../spec/rules/rule.js";
import { hasUserNamespace, ownsDev, type Pass, type PlanContext, step } from "../context.js";
import { S_IALLUGO, S_IF } from "../linux.js";
import type { Step } from "../types.js";

/** Order of runc's list. */
const defaults = [
  { path: "/dev/null", major: 1, minor: 3 },
  { path: "/dev/random", major: 1, minor: 8 },
  { path: "/dev/full", major: 1, minor: 7 },
  { path: "/dev/tty", major: 5, minor: 0 },
  { path: "/dev/zero", major: 1, minor: 5 },
  { path: "/dev/urandom", major: 1, minor: 9 },
] as const;

const links = [
  { path: "/dev/fd", to: "/proc/self/fd" },
  { path: "/dev/stdin", to: "/proc/self/fd/0" },
  { path: "/dev/stdout", to: "/proc/self/fd/1" },
  { path: "/dev/stderr", to: "/proc/self/fd/2" },
] as const;

const types: Readonly<Record<string, number>> = { c: S_IF.CHR, u: S_IF.CHR, b: S_IF.BLK, p: S_IF.FIFO };

const DEFAULT_MODE = 0o666;

export const devices: Pass = (context) => {
  if (!ownsDev(context)) return [];
  return [...defaultNodes(context), ...configNodes(context), ...symlinks];
};

/** A device of the config takes the place of the default one of the same path. */
function defaultNodes(context: PlanContext): readonly Step[] {
  const nodes = hasUserNamespace(context) ? boundDefaults : madeDefaults;
  const own = context.linux.devices;
  if (own === undefined || own.length === 0) return nodes;
  const replaced = new Set(own.map(({ path }) => cleanPath(path)));
  return nodes.filter((_, index) => !replaced.has(defaults[index]?.path ?? ""));
}

function defaultSteps(bind: boolean): readonly Step[] {
  return defaults.map(({ path, major, minor }) => {
    const op = { verb: "device.node", path, type: S_IF.CHR, major, minor, mode: DEFAULT_MODE, uid: 0, gid: 0, bind } as const;
    return step("init", `devices${path}`, `default:${path}`, op);
  });
}

// The same for every container.
const madeDefaults = defaultSteps(false);
const boundDefaults = defaultSteps(true);

function configNodes(context: PlanContext): Step[] {
  const bind = hasUserNamespace(context);
  return (context.linux.devices ?? []).flatMap((device, index) => {
    // /dev/ptmx is always the link to the container's own devpts.
    if (cleanPath(device.path) === "/dev/ptmx") return [];
    return [step("init", `devices/${index}${cleanPath(device.path)}`, `/linux/devices/${index}`, node(device, bind))];
  });
}

function node({ path, type, major = 0, minor = 0, fileMode = DEFAULT_MODE, uid = 0, gid = 0 }: Device, bind: boolean) {
  const mode = fileMode & S_IALLUGO;
  const numbers = { major: Number(major), minor: Number(minor) };
  return { verb: "device.node", path, type: types[type] ?? S_IF.CHR, ...numbers, mode, uid, gid, bind } as const;
}

const ptmx = { verb: "path.symlink", path: "/dev/ptmx", to: "pts/ptmx", replace: true } as const;
const core = { verb: "path.symlink", path: "/dev/core", to: "/proc/kcore", replace: false, onlyIf: "/proc/kcore" } as const;
const symlinks: readonly Step[] = [
  step("init", "devices/dev/ptmx", "default:/dev/ptmx", ptmx),
  ...links.map(({ path, to }) => step("init", `devices${path}`, `default:${path}`, { verb: "path.symlink", path, to, replace: false })),
  step("init", "devices/dev/core", "default:/dev/core", core),
];
