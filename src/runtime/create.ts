// `create`: compile the bundle's plan and carry it out, up to the gate where init waits for `start`.
import { TsruncError } from "../errors/errors.js";
import { prefixed } from "../errors/format.js";
import { compileCreate } from "../plan/compile.js";
import { compileDelete } from "../plan/delete.js";
import { isHostRoot } from "../plan/facts.js";
import { project, runtimeSteps } from "../plan/project.js";
import type { Plan, Step } from "../plan/types.js";
import type { Config } from "../spec/config.js";
import { hasNamespace } from "../spec/rules/rule.js";
import { makeRoot } from "../store/root.js";
import type { SavedCgroup, SavedState, SavedStep } from "../store/state.js";
import { summarize } from "../store/summary.js";
import { type BundleOptions, loadBundle, type LoadedBundle, rootfsOf } from "./bundle.js";
import { warnOfCapabilities } from "./capabilities.js";
import { conduct } from "./conductor.js";
import { type Container, entryOf } from "./container.js";
import type { Context } from "./context.js";
import { runPoststop } from "./delete.js";
import type { CreateDetails, Execution } from "./execution.js";
import { preservedFds } from "./inherit.js";
import { EarlyInit } from "./init-process.js";
import { type Notify, openNotify } from "./notify.js";
import type { Stdio } from "./stdio.js";
import { checkSystemd } from "./systemd.js";
import { SPEC_VERSION } from "./version.js";

export type CreateOptions = BundleOptions;

export interface Created {
  /** Locked. */
  readonly container: Container;
  readonly pid: number;
  readonly pidfd: number;
  /** The master of a foreground terminal; -1 without. */
  readonly master: number;
  /** Of a program that runs: what it has to say is for the caller to relay. */
  readonly notify: Notify | undefined;
}

/** `run`: called while init goes on to the program. `begun`: what it takes to undo the container, first step first. */
export type Beside = (container: Container, begun: readonly Step[]) => void;

/** Only asked once the bundle is known to be good: `run` makes pipes for a container without a terminal. */
export type StdioFor = (config: Config) => Stdio;

export function createContainer(context: Context, options: CreateOptions): void {
  try {
    create(context, options, () => [0, 1, 2]).container.entry.unlock();
  } catch (error) {
    throw prefixed("tsrunc create failed: ", error);
  }
}

/** Init waits at the gate when this returns, or with `run` is the program; when it throws nothing is left behind. */
export function create(context: Context, options: CreateOptions, stdioFor: StdioFor, beside?: Beside): Created {
  checkSystemd(context);
  const preserve = preservedFds(context.host, options.preserveFds);
  const early = new EarlyInit(context);
  try {
    let stdio: Stdio | undefined;
    const bundle = loadBundle(context, options, false, (input) =>
      compileCreate(input, (spawn) => early.begin(spawn, { stdio: (stdio = stdioFor(input.config)), preserve })),
    );
    makeRoot(context.native, context.root);
    const run = { ...executionOf(context, bundle, preserve, stdio ?? stdioFor(bundle.config)), early };
    return carryOut(context, options, bundle, run, beside);
  } finally {
    early.end();
  }
}

function carryOut(context: Context, options: CreateOptions, bundle: LoadedBundle, run: Execution, beside?: Beside): Created {
  let notify: Notify | undefined;
  run.beforeProgram = () => (notify = openNotify(context, run.entry.dir));
  run.besideProgram = () => {
    if (run.saved !== undefined) beside?.({ entry: run.entry, state: run.saved }, run.begun ?? []);
  };
  try {
    conduct(run);
  } catch (error) {
    // With its state saved it was created, and has failed to start.
    if ((options.run === true && run.saved !== undefined) || (error instanceof TsruncError && error.fields.op === "hook.run"))
      runPoststopOf(run);
    throw startError(error);
  }
  warnOfCapabilities(context, bundle.config, bundle.facts.lastCap);
  const { child, entry, saved, master = -1 } = run;
  if (child === undefined || saved === undefined) throw new Error("a create plan spawns init and saves its state");
  return { container: { entry, state: saved }, pid: child.initPid, pidfd: child.initPidfd, master, notify };
}

/** Engines look for these words before what went wrong inside (survey 3.10). */
function startError(error: unknown): unknown {
  return error instanceof TsruncError && error.fields.step === undefined ? error : prefixed("unable to start container process: ", error);
}

export function executionOf(context: Context, bundle: LoadedBundle, preserve: readonly number[], stdio: Stdio): Execution {
  const { config, loaded, plan } = bundle;
  const create: CreateDetails = {
    stdio,
    preserve,
    cgroups: cgroupsOf(plan),
    terminal: config.process?.terminal === true,
    state: {
      version: 1,
      id: bundle.id,
      ociVersion: SPEC_VERSION,
      bundle: bundle.bundle,
      rootfs: rootfsOf(config, bundle.bundle),
      created: timestamp(context),
      systemdCgroup: context.systemdCgroup,
      rootless: !isHostRoot(bundle.facts),
      ...(bundle.noNewKeyring ? { noNewKeyring: true } : {}),
      afterGate: stepsAfterGate(plan),
      summary: summarize(config),
      config,
    },
  };
  return {
    context,
    plan,
    entry: entryOf(context, bundle.id),
    where: (at) => loaded.where(at),
    userNamespace: hasNamespace(config, "user"),
    create,
    slots: new Map(),
    initPid: 0,
    startTime: "",
  };
}

/** RFC 3339, as Go prints it: as many decimals as there are. */
function timestamp(context: Context): string {
  return new Date(context.native.now()).toISOString();
}

/** Version 1 first, whatever was made first: where both have a freezer it is v1 that pause, checkpoint and kill ask. */
function cgroupsOf(plan: Plan): SavedCgroup[] {
  const v1: SavedCgroup[] = [];
  const v2: SavedCgroup[] = [];
  for (const { op } of runtimeSteps(plan)) {
    if (op.verb !== "cgroup.create") continue;
    if (op.version === 1) v1.push({ version: 1, dir: op.dir, controllers: op.controllers });
    else v2.push({ version: 2, dir: op.dir, controllers: [] });
  }
  return [...v1, ...v2];
}

function stepsAfterGate(plan: Plan): SavedStep[] {
  const gate = project(plan).find(({ steps }) => steps[0]?.op.verb === "gate.wait");
  if (gate === undefined) return [];
  return gate.steps.slice(1).map(({ id, at, op }, offset) => ({ index: gate.first + 1 + offset, id, at, verb: op.verb }));
}

/** After a failed hook of create the container counts as stopped and deleted (runtime-spec lifecycle): its poststop hooks run. */
function runPoststopOf(run: Execution): void {
  const state: SavedState | undefined = run.create && { ...run.create.state, pid: 1, startTime: "", cgroups: [] };
  if (state === undefined) return;
  const plan = compileDelete(state, { version: 1, id: state.id, undo: [] });
  const poststop = plan.steps.filter(({ op }: Step) => op.verb === "hook.run");
  runPoststop(run.context, { ...run, plan, where: () => undefined, initPid: 0 }, poststop);
}
