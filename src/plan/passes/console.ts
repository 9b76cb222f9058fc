import { type Pass, type PlanContext, step, userOrigin } from "../context.js";
import type { Step } from "../types.js";

export const consoleOrStdio: Pass = (context) => stdioSteps(context, true);

/** `devConsole`: the container's init has its terminal on /dev/console, a process that exec adds has not (survey 2.6). */
export function stdioSteps(context: PlanContext, devConsole: boolean): Step[] {
  const uid = context.process.user?.uid ?? 0;
  if (context.process.terminal !== true) return [step("init", "stdio/own", userOrigin(context), { verb: "stdio.own", uid })];
  const op = { verb: "console.open", slot: context.slots.console, ...size(context), uid, devConsole } as const;
  return [step("init", "console/open", "/process/terminal", op)];
}

/** Where it comes back to us: before the program can write. */
export function receiveTerminal({ process, options }: PlanContext): Step[] {
  if (process.terminal !== true || !options.foreground) return [];
  return [step("runtime", "console/receive", "/process/terminal", { verb: "console.receive" })];
}

/** Counts only if both are set (survey 2.6). */
function size({ process: { consoleSize } }: PlanContext): { width?: number; height?: number } {
  const width = Number(consoleSize?.width ?? 0);
  const height = Number(consoleSize?.height ?? 0);
  return width > 0 && height > 0 ? { width, height } : {};
}
