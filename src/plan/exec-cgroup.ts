// Which cgroups a process joins that exec adds: the container's, or ones below them (--cgroup).
import { unitOf } from "../cgroup/unit.js";
import { TsruncError } from "../errors/errors.js";
import type { Config } from "../spec/config.js";
import { cleanPath } from "../spec/rules/rule.js";
import type { SavedCgroup } from "../store/state.js";
import { lastName, step } from "./context.js";
import type { ExecInput } from "./exec-input.js";
import { isHostRoot } from "./facts.js";
import { errno } from "./linux.js";
import type { Op, Step } from "./types.js";

const at = "cli:--cgroup";

/** One step for all of v1, one for v2, which may have a second choice. */
export function joinCgroups(input: ExecInput): Step[] {
  const { state, facts, options } = input;
  const places = execCgroups(state.cgroups, options.cgroups);
  const origin = options.cgroups.length > 0 ? at : "default:cgroup";
  const v1 = places.filter(({ version }) => version === 1).map(({ dir }) => dir);
  const v2 = places.filter(({ version }) => version === 2).map(({ dir }) => dir);
  // What was asked for by name has no second choice.
  const follow = options.cgroups.length === 0 ? facts.cgroup.hierarchies.find(({ version }) => version === 2) : undefined;
  const attach = unitAttach(input);
  const more = {
    // Without root the container may have none: `create` has tolerated that.
    ...(isHostRoot(facts) || attach !== undefined ? {} : { tolerate: [errno.EPERM, errno.ENOENT, errno.EACCES, errno.EROFS] }),
  };
  const second = follow && { orElse: attach ?? ({ verb: "cgroup.follow", mountpoint: follow.mountpoint } as const) };
  return [
    ...(v2.length === 0 ? [] : [step("runtime", "cgroup/join-unified", origin, { verb: "cgroup.join", dirs: v2 }, { ...more, ...second })]),
    ...(v1.length === 0 ? [] : [step(...enterOrJoin(v1, isHostRoot(facts)), more)]),
  ];

  /** By itself the stage takes no lock (cgroup.enter). Without root it may not write to `tasks` where we may to cgroup.procs. */
  function enterOrJoin(dirs: string[], root: boolean): [who: Step["who"], id: string, at: string, op: Op] {
    if (!root) return ["runtime", "cgroup/join", origin, { verb: "cgroup.join", dirs }];
    return ["stage", "cgroup/join", origin, { verb: "cgroup.enter", files: dirs.map((dir) => `${dir}/tasks`) }];
  }
}

/**
 * The v2 cgroup that the stage is to be born in, which takes no lock either. Where the kernel refuses (a cgroup that is gone, that takes no
 * processes, that is full), the stage is born in ours, and joins.
 */
export function bornIn({ state, facts, options }: ExecInput): string | undefined {
  if (!isHostRoot(facts)) return undefined;
  return execCgroups(state.cgroups, options.cgroups).find(({ version }) => version === 2)?.dir;
}

/** Without root we may not be allowed to leave our session's cgroup: systemd moves the process then. */
function unitAttach({ state, facts }: ExecInput): Op | undefined {
  const hierarchy = facts.cgroup.hierarchies.find(({ version }) => version === 2);
  const place = state.cgroups.find(({ version }) => version === 2);
  if (state.systemdCgroup !== true || isHostRoot(facts) || hierarchy === undefined || place === undefined) return undefined;
  const unit = unitOf((state.config as Config).linux?.cgroupsPath, state.id, true).name;
  return { verb: "systemd.attach", unit, user: true, mountpoint: hierarchy.mountpoint, dir: place.dir };
}

/** `cgroups` with the sub-paths of --cgroup. Throws for a controller that the container does not have, and for a path that leads out. */
export function execCgroups(cgroups: readonly SavedCgroup[], wanted: readonly string[]): SavedCgroup[] {
  if (wanted.length === 0) return [...cgroups];
  const paths = parseCgroups(wanted);
  const all = paths.get("");
  if (all !== undefined) return cgroups.map((place) => ({ ...place, dir: below(place.dir, all) }));
  const result = [...cgroups];
  for (const [controller, path] of paths) {
    const index = cgroups.findIndex((place) => place.version === 1 && place.controllers.includes(controller));
    const place = result[index];
    if (place === undefined) throw new TsruncError(`unknown controller ${controller} in SubCgroupPaths`, { at });
    const dir = below((cgroups[index] as SavedCgroup).dir, path);
    if (place.dir !== cgroups[index]?.dir && place.dir !== dir) {
      throw new TsruncError(
        `invalid --cgroup argument(s): ${lastName(place.dir)} and ${path} are of one hierarchy (${place.controllers.join()})`,
        { at },
      );
    }
    result[index] = { ...place, dir };
  }
  return result;
}

/** Controller to path; the key is empty for all of them. */
function parseCgroups(wanted: readonly string[]): Map<string, string> {
  const paths = new Map<string, string>();
  for (const argument of wanted) {
    const [first = "", path, ...rest] = argument.split(":");
    if (rest.length > 0) throw new TsruncError(`invalid --cgroup argument: ${argument}`, { at });
    if (path === undefined) {
      if (wanted.length !== 1) throw new TsruncError(`invalid --cgroup argument: ${argument} (missing <controller>: prefix)`, { at });
      return new Map([["", first]]);
    }
    for (const controller of first.split(",")) {
      if (paths.has(controller)) {
        throw new TsruncError(`invalid --cgroup argument(s): controller ${controller} specified multiple times`, { at });
      }
      paths.set(controller, path);
    }
  }
  return paths;
}

/** As text: what is there is for the kernel to say. A ".." that leads out is refused even when it comes back in. */
function below(dir: string, path: string): string {
  if (__TSRUNC_WEAK__?.["sub-cgroup"]) return `${dir}/${path}`;
  let depth = 0;
  for (const part of path.split("/")) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) throw new TsruncError(`${path} is not a sub cgroup path`, { at });
  }
  const inner = cleanPath(path);
  return inner === "/" ? dir : `${dir}${inner}`;
}
