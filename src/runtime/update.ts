// `update`: change the limits of a container, all of them or none (survey 3.12).
import { mergeResources } from "../cgroup/merge.js";
import type { CgroupPlace } from "../cgroup/place.js";
import { type Before, effectiveFile, updateWrites } from "../cgroup/update.js";
import type { CgroupWrite } from "../cgroup/writes.js";
import { TsruncError } from "../errors/errors.js";
import { formatError } from "../errors/format.js";
import { readFacts } from "../host/facts.js";
import type { Native } from "../host/port.js";
import type { Facts } from "../plan/facts.js";
import type { Step } from "../plan/types.js";
import { compileUpdate, undoUpdate } from "../plan/update.js";
import type { Linux, Resources } from "../spec/config.js";
import { deviceRules } from "../spec/rules/device-rules.js";
import { cgroupV2 } from "../spec/rules/cgroup-v2.js";
import { memory } from "../spec/rules/memory.js";
import { rdma } from "../spec/rules/rdma.js";
import { unified } from "../spec/rules/unified.js";
import { unsupported } from "../spec/rules/unsupported.js";
import type { SavedState } from "../store/state.js";
import { readIfThere } from "./cgroup-files.js";
import { conductRuntime } from "./conductor.js";
import { configOf, type Container, lockContainer, statusOf } from "./container.js";
import type { Context } from "./context.js";
import { requireCgroup } from "./diagnose/cgroup.js";
import type { Execution } from "./execution.js";
import { executionOn } from "./start.js";
import { deviceUpdate, isDeviceStep, withoutProgram, withProgram } from "./update-devices.js";
import { isRdtStep, rdtUpdate, type RdtSchemata } from "./update-rdt.js";
import { isUnitStep, unitUpdate, written } from "./update-unit.js";
import { loadSource, placed, problem, type UpdateOptions, type UpdateSource } from "./update-source.js";

export function updateContainer(context: Context, id: string, options: UpdateOptions): void {
  const source = loadSource(context, options);
  const container = lockContainer(context, id);
  try {
    update(context, container, source, options.rdt ?? {});
  } finally {
    container.entry.unlock();
  }
}

function update(context: Context, container: Container, source: UpdateSource, schemata: RdtSchemata): void {
  const { native } = context;
  const { entry, state } = container;
  if (statusOf(native, container) === "stopped") throw new TsruncError("container not running");
  requireCgroup(native, state.cgroups, "update");
  entry.checkConfig(state);
  finishInterrupted(context, container);
  const facts = readFacts(native);
  const asked = considered(source.resources);
  const merged = mergeResources(resourcesOf(state), asked) as Resources;
  checkRules(state, merged, facts, source);
  const places = placesOf(native, state);
  const writes = planned(source, () => updateWrites(written(state, asked, merged), merged, places, facts));
  const devices = planned(source, () => deviceUpdate(state, places, asked.devices, (at) => source.origin(at)));
  const rdt = rdtUpdate(native, state, facts, schemata);
  const before = readBefore(native, writes);
  checkUsage(merged, writes, native, source);
  const limits = compileUpdate({ id: state.id, writes, before, origin: (at) => source.origin(at) });
  const unit = unitUpdate(state, merged, devices.steps.length > 0);
  const plan = { ...limits, steps: [...unit.steps, ...limits.steps, ...devices.steps, ...rdt.steps] };
  const run: Execution = { ...executionOn(context, container, plan), where: (at) => source.where(at) };
  // The last step's inverse first; but the files are written after systemd, which rounds.
  const undo = (steps: readonly Step[]): Step[] => [
    ...(steps.some(isRdtStep) ? rdt.undo : []),
    ...(steps.some(isUnitStep) ? unit.undo : []),
    ...(steps.some(isDeviceStep) ? devices.undo : []),
    ...undoUpdate(steps, before),
  ];
  entry.saveUpdate({ version: 1, id: state.id, undo: undo(plan.steps).map(withoutProgram) });
  carryOut(context, run, { before, undo }, () => {
    entry.dropUpdate();
    entry.saveState(withLimits(state, merged, rdt.intelRdt));
  });
}

/** An update that was killed halfway has left a part of its values: none of them is to stay. */
function finishInterrupted(context: Context, container: Container): void {
  const { entry, state } = container;
  const left = entry.loadUpdate();
  if (left === undefined) return;
  const run = executionOn(context, container, { command: "update", id: state.id, steps: [] });
  takeBack(
    context,
    run,
    left.undo.map((one) => withProgram(one, state)).map(({ id, op }) => ({ id, at: "default:undo", who: "runtime", op })),
  );
  entry.dropUpdate();
}

function resourcesOf(state: SavedState): Resources {
  return configOf(state).linux?.resources ?? {};
}

function withLimits(state: SavedState, resources: Resources, intelRdt: Linux["intelRdt"]): SavedState {
  const config = configOf(state);
  return { ...state, config: { ...config, linux: { ...config.linux, resources, ...(intelRdt && { intelRdt }) } } };
}

/** Kernel memory has no limit any more in Linux and is ignored, as runc does; the hierarchy is not for updates. */
function considered(resources: Resources): Resources {
  const { memory: all = {}, ...rest } = resources;
  const { kernel: _kernel, kernelTCP: _tcp, useHierarchy: _hierarchy, ...wanted } = all;
  return { ...rest, memory: wanted };
}

/** On the merged document: a limit of memory and swap is valid or not together with the memory limit that the container has. */
function checkRules(state: SavedState, merged: Resources, facts: Facts, source: UpdateSource): void {
  const config = { ociVersion: state.ociVersion, linux: { resources: merged } };
  for (const rule of [unsupported, deviceRules, unified, memory, rdma, cgroupV2]) {
    const finding = rule(config, { facts, id: state.id, bundle: state.bundle, noPivot: false });
    if (finding !== undefined) throw problem(source, finding.at, finding.message, finding.hint);
  }
}

function planned<T>(source: UpdateSource, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    throw placed(error, source);
  }
}

/** The state knows the directories; which controllers a v2 cgroup has, only the kernel. */
function placesOf(native: Native, { cgroups }: SavedState): CgroupPlace[] {
  const v1 = cgroups.some(({ version }) => version === 1);
  return cgroups.map(({ version, dir, controllers }) => {
    const enabled = version === 2 && !v1 ? (readIfThere(native, `${dir}/cgroup.controllers`) ?? "").trim().split(" ") : controllers;
    return { version, mountpoint: "", dir, controllers: enabled };
  });
}

const cpusetFile = /\/cpuset\.(cpus|mems)$/;

function readBefore(native: Native, writes: readonly CgroupWrite[]): Before {
  const files = new Set(
    writes.flatMap(({ file, orElse }) => [
      file,
      ...(cpusetFile.test(file) ? [effectiveFile(file)] : []),
      ...(orElse === undefined ? [] : [orElse.file]),
    ]),
  );
  return new Map(
    [...files].flatMap((file) => {
      const text = readIfThere(native, file);
      return text === undefined ? [] : [[file, text] as const];
    }),
  );
}

/** memory.checkBeforeUpdate, v2: lowering memory.max below what is in use ends in the OOM killer; v1 refuses it by itself. */
function checkUsage({ memory: limits }: Resources, writes: readonly CgroupWrite[], native: Native, source: UpdateSource): void {
  const write = writes.find(({ file }) => file.endsWith("/memory.max"));
  if (limits?.checkBeforeUpdate !== true || write === undefined) return;
  const usage = BigInt(readIfThere(native, write.file.replace(/max$/, "current"))?.trim() || 0);
  for (const [name, words] of [
    ["swap", "memory+swap limit"],
    ["limit", "memory limit"],
  ] as const) {
    const value = BigInt(limits[name] ?? 0);
    if (value > 0n && value <= usage)
      throw problem(source, `/linux/resources/memory/${name}`, `rejecting ${words} ${value} <= usage ${usage}`);
  }
}

interface TakeBack {
  readonly before: Before;
  /** The inverses of these steps, in the order to carry them out. */
  readonly undo: (steps: readonly Step[]) => Step[];
}

/** Every write, then `save`; when one of them fails all that were made are taken back. */
function carryOut(context: Context, run: Execution, { before, undo }: TakeBack, save: () => void): void {
  const begun: Step[] = [];
  try {
    for (const step of run.plan.steps) {
      begun.push(step);
      conductRuntime(run, [step]);
    }
    save();
  } catch (error) {
    const left = takeBack(context, run, undo(begun)).filter(
      (file) => before.has(file) && readIfThere(context.native, file) !== before.get(file),
    );
    run.entry.dropUpdate();
    throw explained(error, begun.at(-1), context.native, left);
  }
}

/**
 * Two rounds, as files depend on each other (a quota and its burst): what the first could not write the second can. Returns the files that
 * could not be written at all.
 */
function takeBack(context: Context, run: Execution, steps: readonly Step[]): string[] {
  const attempt = (list: readonly Step[]): Step[] =>
    list.filter((step) => {
      if (isEmptyCpuset(context.native, step)) return false;
      try {
        conductRuntime(run, [step]);
        return false;
      } catch (error) {
        context.log.debug(formatError(error));
        return true;
      }
    });
  return attempt(attempt(steps)).flatMap(({ op }) => (op.verb === "cgroup.write" ? [op.file] : []));
}

/** An update empties none: it has not been written, and what an empty one comes to need not be written. */
function isEmptyCpuset(native: Native, { op }: Step): boolean {
  return op.verb === "cgroup.write" && cpusetFile.test(op.file) && readIfThere(native, op.file)?.trim() === "";
}

/** What the kernel's errno alone does not say. */
function explained(error: unknown, step: Step | undefined, native: Native, left: readonly string[]): unknown {
  const op = step?.op;
  if (!(error instanceof TsruncError) || (op?.verb !== "cgroup.write" && op?.verb !== "cgroup.rules")) return error;
  const why = op.verb === "cgroup.write" ? limitProblem(error, op.file, op.value, native) : undefined;
  const rest = left.length === 0 ? "" : `; could not be set back: ${left.join(", ")}`;
  return new TsruncError(`${error.message}${why === undefined ? "" : `: ${why}`}${rest}`, error.fields);
}

function limitProblem(error: TsruncError, file: string, value: string, native: Native): string | undefined {
  if (!file.endsWith("/memory.limit_in_bytes")) return undefined;
  const number = (name: string): string => (readIfThere(native, file.replace("limit_in_bytes", name)) ?? "").trim();
  if (error.fields.code === "EBUSY") {
    const [usage, peak] = [number("usage_in_bytes"), number("max_usage_in_bytes")];
    return `unable to set memory limit to ${value} (current usage: ${usage}, peak usage: ${peak})`;
  }
  if (error.fields.code === "EINVAL") return "the limit of memory and swap together may not be below it: change both";
  return undefined;
}
