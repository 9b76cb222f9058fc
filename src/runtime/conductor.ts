// Carries out a plan: the runtime's steps here, the child's by turns on the control socket. What fails is taken back.
import { errnoNumber } from "../errors/errno.js";
import { SysError, TsruncError } from "../errors/errors.js";
import { prefixed, runtimeStepError, type StepContext, stepError } from "../errors/format.js";
import { encodePlan } from "../plan/encode.js";
import { inverseOf, isUndoable } from "../plan/journal.js";
import { type ChildSegment, project, type Segment } from "../plan/project.js";
import type { Moment } from "../log/timeline.js";
import type { Plan, Step } from "../plan/types.js";
import { BEFORE_PLAN } from "../plan/wire.js";
import { oomKills } from "./cgroup-files.js";
import { type Child, ChildDeath, ChildFailure, SpawnFailure } from "./child.js";
import { diagnosed } from "./diagnose/index.js";
import { childOf, closeNetwork, closeSlots, type Execution, fillSlot, spawnDetails } from "./execution.js";
import { readStat } from "./proc.js";
import { carryOut, checkFirst } from "./steps/index.js";
import { prepareSave } from "./steps/store.js";
import { ChildTimes, timedStep, TIMES_SLOT } from "./timing.js";

const SIGKILL = 9;

/**
 * Carry out the whole plan, or take back what it did and throw. Steps of the plan that were begun are undone in reverse order; the
 * container's processes are killed before that.
 */
export function conduct(run: Execution): void {
  const begun: Step[] = (run.begun = []);
  try {
    for (const segment of project(run.plan)) {
      if (segment.who === "runtime") for (const step of segment.steps) runtimeStep(step, run, begun);
      else childSegment(segment, run);
    }
    run.child?.finish();
  } catch (error) {
    undoBegun(begun, run);
    throw error;
  } finally {
    closeSlots(run);
    closeNetwork(run);
    collectTimes(run);
  }
}

/** Carry out steps that only the runtime has, without undoing: what `start` and `delete` did stays done. */
export function conductRuntime(run: Execution, steps: readonly Step[]): void {
  for (const step of steps) runtimeStep(step, run, []);
}

function runtimeStep(step: Step, run: Execution, begun: Step[]): void {
  const { timeline } = run.context;
  run.context.trace("step", `${step.id} ${step.op.verb}`);
  const from = timeline?.now();
  try {
    attempt(step, run, begun);
  } catch (error) {
    // "container with given ID already exists" is about no line of config.json.
    if (step.op.verb === "store.create" && error instanceof TsruncError) throw error;
    if (isOfChild(error)) throw childError(error, run, step.id);
    throw diagnosed(runtimeStepError(stepContext(step, run), error), step, run);
  } finally {
    if (from !== undefined) timedStep(timeline, { ...step, verb: step.op.verb }, "runtime", from);
  }
}

function attempt(step: Step, run: Execution, begun: Step[]): void {
  const undoable = isUndoable(step.op.verb);
  checkFirst(step.op, run, step);
  // store.create makes the directory that the note is in; when it fails it has left nothing behind.
  const first = step.op.verb === "store.create";
  if (undoable && !first) {
    // exec has no journal: the death signal and this process take back what it does.
    if (run.exec === undefined) run.entry.noteEffect(step.id);
    begun.push(step);
  }
  try {
    carryOut(step.op, run, step);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (step.tolerate?.includes(error.errno)) return;
    if (step.orElse === undefined) throw error;
    carryOut(step.orElse, run, step);
  }
  if (undoable && first) begun.push(step);
}

function stepContext(step: Step, run: Execution): StepContext {
  return { id: step.id, at: step.at, verb: step.op.verb, where: run.where(step.at), userNamespace: run.userNamespace };
}

function childSegment(segment: ChildSegment, run: Execution): void {
  const child = childOf(run);
  run.context.trace("turn", `child: ${rangeOf(segment)}`);
  tell(segment, child, run);
  if (segment.ahead) {
    run.unheard = segment;
    return;
  }
  if (beginsProgram(segment)) run.besideProgram?.();
  if (run.unheard !== undefined) hear(run.unheard, child, run);
  delete run.unheard;
  hear(segment, child, run);
  // A zombie counts in pids.current, and the new process may need that place.
  if (run.exec !== undefined && child.initPid !== 0) child.reapStage();
  if (run.criu === undefined && run.initPid === 0 && child.initPid !== 0) {
    run.initPid = child.initPid;
    run.startTime = readStat(run.context.native, child.initPid)?.startTime ?? "";
  }
}

/** "cgroup/enter..program/lookup" */
function rangeOf({ steps }: Segment): string {
  return `${steps[0]?.id ?? ""}..${steps.at(-1)?.id ?? ""}`;
}

function beginsProgram({ steps }: ChildSegment): boolean {
  return steps[0]?.op.verb === "process.release";
}

/** The plan, or GO: the child begins with the segment. */
function tell(segment: ChildSegment, child: Child, run: Execution): void {
  try {
    if (beginsProgram(segment)) run.beforeProgram?.();
    if (child.begun) child.sendGo(run.slots);
    else {
      beginChild(child, run);
      meanwhile(child, run);
    }
  } catch (error) {
    // While GO is ahead of a turn, what goes wrong goes wrong there.
    throw childError(error, run, rangeOf(run.unheard ?? segment));
  }
  // Sent: the child has its own descriptors of them, and a listener or socket that we kept open would never show end of file.
  closeSlots(run);
}

/** Wait for the end of the segment. */
function hear(segment: ChildSegment, child: Child, run: Execution): void {
  const from = run.context.timeline?.now();
  try {
    if (segment.turn) child.awaitTurn(segment.last, run.saved !== undefined);
    else if (segment.steps.some(({ op }) => op.verb === "gate.wait")) child.awaitGate();
    else child.awaitExec();
  } catch (error) {
    throw childError(error, run, rangeOf(segment));
  } finally {
    if (from !== undefined) heardOf(run, rangeOf(segment), from);
  }
}

/** What need not be done before the child has its plan. */
function meanwhile(child: Child, run: Execution): void {
  if (run.create === undefined || run.criu !== undefined || child.initPid === 0) return;
  run.startTime = readStat(run.context.native, child.initPid)?.startTime ?? "";
  prepareSave(run);
}

function beginChild(child: Child, run: Execution): void {
  const { native, timeline, host } = run.context;
  const from = timeline?.now();
  const blob = encodePlan(run.plan, native.encodeSteps);
  if (from !== undefined) {
    timeline?.phase("encode", from);
    run.times = new ChildTimes(native, run.plan.steps.length);
    fillSlot(run, TIMES_SLOT, run.times.theirs);
  }
  child.sendPlan(blob, host.launch.umask, spawnDetails(run).preserve.length, run.slots);
}

/** We have waited for the child's turn to end. */
function heardOf({ context, times }: Execution, range: string, from: Moment): void {
  const now = context.timeline?.now() ?? from;
  if (times !== undefined) times.end = now;
  context.timeline?.span(range, "turn", from, now, {});
}

function collectTimes({ context, times, plan, child }: Execution): void {
  if (context.timeline === undefined || times === undefined) return;
  times.collect(context.timeline, (index) => {
    const step = plan.steps[index];
    if (step === undefined || step.who === "runtime") return undefined;
    const pid = step.who === "stage" ? child?.stagePid : child?.initPid;
    return { step: { ...step, verb: step.op.verb }, who: step.who, pid: pid ?? 0 };
  });
}

function isOfChild(error: unknown): boolean {
  return error instanceof ChildFailure || error instanceof ChildDeath || error instanceof SpawnFailure;
}

function childError(error: unknown, run: Execution, range: string): unknown {
  if (error instanceof ChildDeath) return deathError(error, run, range);
  if (error instanceof SpawnFailure) return spawnError(error, run);
  if (!(error instanceof ChildFailure)) return error;
  const { index } = error.fail;
  const step = index === BEFORE_PLAN ? spawnOf(run.plan) : run.plan.steps[index];
  if (step === undefined) return new TsruncError(`container init failed at an unknown step ${error.fail.index}`);
  return diagnosed(stepError(stepContext(step, run), error.fail), step, run);
}

/** The runtime has gone on meanwhile: it is still the spawn that has failed. */
function spawnError({ cause }: SpawnFailure, run: Execution): unknown {
  const step = spawnOf(run.plan);
  return step === undefined ? cause : runtimeStepError(stepContext(step, run), cause);
}

function spawnOf({ steps }: Plan): Step | undefined {
  return steps.find(({ op }) => op.verb === "init.spawn" || op.verb === "stage.spawn");
}

function deathError(death: ChildDeath, run: Execution, range: string): TsruncError {
  const { native } = run.context;
  if (run.exec !== undefined) return execDeathError(death, range);
  const killed = spawnDetails(run).cgroups.some(({ dir, version }) => oomKills(native, dir, version) > 0);
  if (killed)
    return new TsruncError("container init was OOM-killed (memory limit too low?)", {
      step: range,
      code: "ENOMEM",
      errno: errnoNumber("ENOMEM"),
    });
  const status = death.status;
  if (status === null) return new TsruncError(`container init ended during ${range}`, { step: range });
  const how = status.signal !== 0 ? `was killed by signal ${status.signal}` : `exited with status ${status.exitCode}`;
  const hint = status.signal === SIGKILL ? "somebody killed it, or the host ran out of memory" : undefined;
  return new TsruncError(`container init ${how} during ${range}`, { step: range, hint });
}

/** The cgroup's counter tells nothing: the container may have been out of memory long ago. */
function execDeathError({ status }: ChildDeath, range: string): TsruncError {
  if (status === null) return new TsruncError(`the new process ended during ${range}`);
  const how = status.signal !== 0 ? `was killed by signal ${status.signal}` : `exited with status ${status.exitCode}`;
  const killed = status.signal === SIGKILL ? " (possibly OOM-killed)" : "";
  return new TsruncError(`the new process ${how}${killed} during ${range}`, {
    hint: status.signal === SIGKILL ? "the container ended meanwhile, or its memory limit leaves too little" : undefined,
  });
}

/** Errors on the way are logged, never thrown: the reason why we are here is the one to report. */
function undoBegun(begun: readonly Step[], run: Execution): void {
  run.criu?.abandon(run.child?.initPid ?? 0);
  run.child?.destroy();
  let clean = true;
  for (const step of [...begun].reverse()) {
    const op = inverseOf(step.op);
    // With something left behind the journal stays, so that `delete --force` can try again.
    if (op === undefined || (op.verb === "store.remove" && !clean)) continue;
    run.context.trace("undo", `${step.id} ${op.verb}`);
    const from = run.context.timeline?.now();
    try {
      carryOut(op, run, step);
    } catch (error) {
      clean = false;
      run.context.log.debug(`undo of ${step.id} failed: ${String(prefixed("", error))}`);
    }
    if (from !== undefined) timedStep(run.context.timeline, { ...step, verb: op.verb }, "undo", from);
  }
  run.entry.unlock();
}
