// criu.request, criu.until, criu.finish: CRIU, once criu.exec has started it.
import type { CriuRequest } from "../../criu/request.js";
import { TsruncError } from "../../errors/errors.js";
import type { Op } from "../../plan/types.js";
import type { CriuSession } from "../criu.js";
import { childOf, type Execution } from "../execution.js";
import { readStat } from "../proc.js";
import { joinOne } from "./cgroup.js";

function sessionOf(run: Execution): CriuSession {
  if (run.criu === undefined) throw new TsruncError(`a step of CRIU in a ${run.plan.command} plan`);
  return run.criu;
}

export function request(op: Op<"criu.request">, run: Execution): void {
  sessionOf(run).send(JSON.parse(op.request) as CriuRequest, childOf(run).initPid);
}

export function until(op: Op<"criu.until">, run: Execution): void {
  const session = sessionOf(run);
  session.until(op.script);
  adopt(session.pid, run);
}

export function retreat(op: Op<"criu.retreat">, run: Execution): void {
  for (const dir of op.dirs) joinOne(run.context.native, `${dir}/cgroup.procs`, String(childOf(run).initPid));
}

export function finish(_op: Op<"criu.finish">, run: Execution): void {
  sessionOf(run).finish(childOf(run).initPid);
}

function adopt(pid: number, run: Execution): void {
  if (pid === 0) throw new TsruncError("criu has not said which process the container's init is");
  run.initPid = pid;
  run.startTime = readStat(run.context.native, pid)?.startTime ?? "";
}
